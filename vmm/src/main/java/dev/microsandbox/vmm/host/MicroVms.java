package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.agent.AgentSandbox;
import dev.microsandbox.vmm.image.GuestAssetStore;
import dev.microsandbox.vmm.image.GuestAssets;
import dev.microsandbox.vmm.image.ImageException;
import dev.microsandbox.vmm.image.Progress;
import dev.microsandbox.vmm.machine.GuestMachine;
import dev.microsandbox.vmm.machine.KvmMachine;
import dev.microsandbox.vmm.qemu.QemuAccelerator;
import dev.microsandbox.vmm.qemu.QemuMachine;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Starts sandboxes from the images of a store, on the machine that this host can run. */
public final class MicroVms implements SandboxFactory {

    private static final AtomicLong STARTED = new AtomicLong();

    private final GuestAssetStore images;
    private final Progress progress;
    private final Accelerator accelerator;

    /** Made at the first start; guarded by this. */
    private @Nullable MachineChoice choice;

    private MicroVms(GuestAssetStore images, Progress progress, Accelerator accelerator) {
        this.images = images;
        this.progress = progress;
        this.accelerator = accelerator;
    }

    /**
     * A factory. Cheap: images are looked for, and built, when a sandbox needs them.
     *
     * @param progress hears what a build is doing, line by line
     * @param accelerator what the machines are to run on; what this host has is found out when the
     *     first is started, and each sandbox says what it runs on
     */
    public static SandboxFactory create(
            GuestAssetStore images, Progress progress, Accelerator accelerator) {
        return new MicroVms(images, progress, accelerator);
    }

    @Override
    public Sandbox start(SandboxConfig config) throws InterruptedException {
        MachineChoice machine = choice();
        GuestAssets assets = assets(images, config, progress);
        String name = "sandbox-" + STARTED.incrementAndGet();
        return AgentSandbox.connect(name, start(name, assets, config, machine), config);
    }

    /** What a sandbox boots from. */
    static GuestAssets assets(GuestAssetStore images, SandboxConfig config, Progress progress)
            throws InterruptedException {
        try {
            return images.resolve(config.image(), progress);
        } catch (ImageException e) {
            throw new SandboxStartException(String.valueOf(e.getMessage()), e);
        }
    }

    private static GuestMachine start(
            String name, GuestAssets assets, SandboxConfig config, MachineChoice choice)
            throws InterruptedException {
        return choice.isolation() == Isolation.EMULATION
                ? QemuMachine.start(
                        name,
                        assets.kernel(),
                        assets.rootfs(),
                        config,
                        QemuAccelerator.TCG,
                        choice.reason())
                : KvmMachine.start(
                        name,
                        assets.kernel(),
                        assets.rootfs(),
                        config,
                        choice.isolation(),
                        choice.reason());
    }

    /** What this host has is asked once; an error is no answer, so that it can be mended. */
    private synchronized MachineChoice choice() {
        MachineChoice known = choice;
        if (known == null) {
            known = MachineChoice.of(accelerator, KvmProbe.probe());
            choice = known;
        }
        return known;
    }
}
