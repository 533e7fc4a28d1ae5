package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.confine.SystemCallFilter;
import dev.microsandbox.vmm.host.ConfinedMicroVms;
import dev.microsandbox.vmm.host.Emulation;
import dev.microsandbox.vmm.host.MicroVms;
import dev.microsandbox.vmm.host.TemplateOptions;
import dev.microsandbox.vmm.image.GuestAssetStore;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** Creates the factory of microVMs that the configuration describes. */
public final class MicroVmFactory implements Machines {

    @Override
    public SandboxFactory factory(ServerConfig config, Consumer<String> progress) {
        return of(config, progress);
    }

    @Override
    public SandboxFactory confinedFactory(
            ServerConfig config, Consumer<String> progress, Consumer<String> log) {
        return new ConfinedMicroVms(
                of(config, progress), config.sandboxes(), progress::accept, log);
    }

    @Override
    public WorkerMachines workerMachines(ServerConfig config, Consumer<String> log) {
        ConfinedMicroVms machines =
                ConfinedMicroVms.ofWorker(of(config, false, log), log::accept, log);
        return new WorkerMachines(machines, machines::confine);
    }

    @Override
    public void confineThisProcess() throws IOException {
        SystemCallFilter.withoutPrograms().install();
    }

    public static MicroVms of(ServerConfig config, Consumer<String> progress) {
        return of(config, true, progress);
    }

    /**
     * @param makesTemplates whether templates that are missing are made
     */
    private static MicroVms of(
            ServerConfig config, boolean makesTemplates, Consumer<String> progress) {
        GuestAssetStore images = Images.of(config.home());
        MicroVms machines =
                config.template().enabled()
                        ? MicroVms.create(
                                images,
                                progress::accept,
                                config.accelerator(),
                                templates(config, makesTemplates))
                        : MicroVms.create(images, progress::accept, config.accelerator());
        return machines.with(emulation(config));
    }

    /** How the configuration confines emulators. */
    public static Emulation emulation(ServerConfig config) {
        return new Emulation(
                config.qemu().firstUser(),
                config.qemu().lastUser(),
                config.qemu().unconfined(),
                config.home());
    }

    private static TemplateOptions templates(ServerConfig config, boolean made) {
        return new TemplateOptions(
                config.templates(),
                List.copyOf(config.template().languages()),
                List.copyOf(config.template().pythonModules()),
                made);
    }
}
