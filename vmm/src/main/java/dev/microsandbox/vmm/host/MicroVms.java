package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.ImageException;
import dev.microsandbox.vmm.Progress;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.agent.AgentSandbox;
import dev.microsandbox.vmm.image.GuestAssetStore;
import dev.microsandbox.vmm.image.GuestAssets;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.snapshot.DiskUse;
import dev.microsandbox.vmm.template.Templates;
import dev.microsandbox.vmm.template.WarmUp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Starts sandboxes from the images of a store, on the machine that this host can run. */
public final class MicroVms implements SandboxFactory {

    private static final AtomicLong STARTED = new AtomicLong();

    private final GuestAssetStore images;
    private final Progress progress;
    private final Accelerator accelerator;

    /** Null if every sandbox is booted. */
    private final @Nullable Templates templates;

    /** Chosen at the first start; guarded by this. */
    private @Nullable MachineChoice choice;

    private MicroVms(
            GuestAssetStore images,
            Progress progress,
            Accelerator accelerator,
            @Nullable Templates templates) {
        this.images = images;
        this.progress = progress;
        this.accelerator = accelerator;
        this.templates = templates;
    }

    /**
     * A factory that boots every sandbox. Cheap: images are looked for, and built, when a sandbox
     * needs them.
     *
     * @param progress hears what a build is doing, line by line
     * @param accelerator what the machines are to run on; what this host has is found out when the
     *     first is started, and each sandbox says what it runs on
     */
    public static MicroVms create(
            GuestAssetStore images, Progress progress, Accelerator accelerator) {
        return new MicroVms(images, progress, accelerator, null);
    }

    /** A factory that makes sandboxes of templates where there are some, and boots the others. */
    public static MicroVms create(
            GuestAssetStore images,
            Progress progress,
            Accelerator accelerator,
            TemplateOptions templates) {
        return new MicroVms(images, progress, accelerator, open(templates, progress));
    }

    static Templates open(TemplateOptions options, Progress progress) {
        return new Templates(
                options.directory(),
                new WarmUp(options.languages(), options.pythonModules()),
                progress);
    }

    @Override
    public Sandbox start(SandboxConfig wanted) throws InterruptedException {
        SandboxStartEvent event = new SandboxStartEvent();
        event.startClock();
        MachineChoice machines = choice();
        SandboxConfig config = machines.patience().applyTo(wanted);
        GuestFiles files = files(images, config, progress);
        String name = "sandbox-" + STARTED.incrementAndGet();
        if (templates != null) {
            Optional<Sandbox> clone = templates.start(machines.kind(), name, files, config);
            if (clone.isPresent()) {
                event.started(name, "template");
                return clone.get();
            }
        }
        Sandbox sandbox =
                AgentSandbox.connect(name, machines.kind().boot(name, files, config), config);
        event.started(name, "boot");
        return sandbox;
    }

    @Override
    public Sandbox resume(Path checkpoint, SandboxConfig wanted) throws InterruptedException {
        SandboxStartEvent event = new SandboxStartEvent();
        event.startClock();
        MachineChoice machines = choice();
        SandboxConfig config = machines.patience().applyTo(wanted);
        String name = "sandbox-" + STARTED.incrementAndGet();
        machines.requireOwn(checkpoint);
        GuestFiles files = files(images, config, progress);
        Sandbox sandbox =
                AgentSandbox.wake(
                        name, machines.kind().resume(name, checkpoint, files, config), config);
        event.started(name, "checkpoint");
        return sandbox;
    }

    @Override
    public long bytesOnDisk(Collection<Path> checkpoints) throws IOException {
        return DiskUse.of(checkpoints);
    }

    /** Makes a template of such sandboxes in the background, unless there is one. */
    @Override
    public void prepare(SandboxConfig config) {
        Templates own = templates;
        if (own == null) {
            return;
        }
        Thread.ofVirtual()
                .name("template-preparation")
                .start(
                        () -> {
                            try {
                                MachineChoice machines = choice();
                                own.prepare(
                                        machines.kind(),
                                        files(images, config, progress),
                                        machines.patience().applyTo(config));
                            } catch (SandboxException e) {
                                progress.report("No template: " + e.getMessage());
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
    }

    /**
     * Makes a template of such sandboxes now, unless there is one.
     *
     * @return its id
     * @throws SandboxException if it cannot be made
     * @throws IllegalStateException if this factory has no templates
     */
    public String buildTemplate(SandboxConfig config) throws InterruptedException {
        if (templates == null) {
            throw new IllegalStateException("this factory boots every sandbox");
        }
        MachineChoice machines = choice();
        return templates.build(
                machines.kind(),
                files(images, config, progress),
                machines.patience().applyTo(config));
    }

    /** What a sandbox boots from. */
    static GuestFiles files(GuestAssetStore images, SandboxConfig config, Progress progress)
            throws InterruptedException {
        try {
            GuestAssets assets = images.resolve(config.image(), progress);
            return new GuestFiles(
                    assets.kernel(), assets.kernelSha256(), assets.rootfs(), assets.rootfsSha256());
        } catch (ImageException e) {
            throw new SandboxStartException(String.valueOf(e.getMessage()), e);
        }
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
