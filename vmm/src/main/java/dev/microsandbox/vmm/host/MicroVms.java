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
import dev.microsandbox.vmm.launch.Launcher;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.qemu.QemuMachineKind;
import dev.microsandbox.vmm.snapshot.DiskUse;
import dev.microsandbox.vmm.template.Templates;
import dev.microsandbox.vmm.template.WarmUp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Starts sandboxes from the images of a store, on the kind of machine that this host can run.
 * Thread-safe.
 */
public final class MicroVms implements SandboxFactory {

    private static final AtomicLong STARTED = new AtomicLong();

    private final GuestAssetStore images;
    private final Progress progress;
    private final Accelerator accelerator;

    /** Null if this factory boots every sandbox. */
    private final @Nullable Templates templates;

    private final Emulation emulation;

    /** Chosen at the first start. Guarded by this object's lock. */
    private @Nullable MachineChoice choice;

    private MicroVms(
            GuestAssetStore images,
            Progress progress,
            Accelerator accelerator,
            @Nullable Templates templates,
            Emulation emulation) {
        this.images = images;
        this.progress = progress;
        this.accelerator = accelerator;
        this.templates = templates;
        this.emulation = emulation;
    }

    /**
     * Creates a factory that boots every sandbox. This is cheap: an image is looked up, and built
     * if necessary, when a sandbox needs it.
     *
     * @param progress takes lines about the progress of an image's build
     * @param accelerator how to run the machines; the host is examined when the first sandbox
     *     starts, and {@link Sandbox#machine} says what was chosen
     */
    public static MicroVms create(
            GuestAssetStore images, Progress progress, Accelerator accelerator) {
        return new MicroVms(images, progress, accelerator, null, Emulation.DEFAULT);
    }

    /**
     * Creates a factory that starts sandboxes from templates if they exist, and boots the others.
     */
    public static MicroVms create(
            GuestAssetStore images,
            Progress progress,
            Accelerator accelerator,
            TemplateOptions templates) {
        return new MicroVms(
                images, progress, accelerator, open(templates, progress), Emulation.DEFAULT);
    }

    /** The same factory, whose emulators are confined in another way. */
    public MicroVms with(Emulation other) {
        return new MicroVms(images, progress, accelerator, templates, other);
    }

    static Templates open(TemplateOptions options, Progress progress) {
        return new Templates(
                options.directory(),
                new WarmUp(options.languages(), options.pythonModules()),
                options.made(),
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

    /** Makes a template for this configuration in the background, unless there is one. */
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
     * Makes a template for this configuration, unless there is one, and waits for it.
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

    /**
     * Whether this process has to start programs itself in order to start sandboxes. Starts the
     * launcher if that is to start them.
     *
     * @throws SandboxStartException if no machine can run on this host; says what to do
     */
    boolean startsPrograms() throws InterruptedException {
        boolean emulated = choice().kind() instanceof QemuMachineKind;
        // A launcher that starts QEMU runs from now on, so that nothing of what confines this
        // process
        // confines it. One that started this process gets QEMU's settings before anybody else could
        // give it others, even if no QEMU is to be started.
        boolean launcher =
                (emulated || Launcher.hasStartedThis()) && emulation.examine().launcher();
        return emulated && !launcher;
    }

    /**
     * Whether the image of a configuration is built.
     *
     * @throws ImageException if it cannot be: says what to do
     */
    boolean isBuilt(SandboxConfig config) throws InterruptedException {
        return images.isBuilt(config.image());
    }

    /**
     * Builds the image of a configuration if it is missing.
     *
     * @throws SandboxStartException if it cannot be found or built; says what to do
     */
    void build(SandboxConfig config) throws InterruptedException {
        GuestFiles _ = files(images, config, progress);
    }

    /**
     * The launcher, if it has a command that builds images. Then it has started this process, which
     * lacks the rights for that.
     */
    Optional<Launcher> builder() throws InterruptedException {
        try {
            return Launcher.find(emulation.confinement())
                    .filter(launcher -> launcher.layers().canBuild());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The files from which a sandbox boots. */
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

    /**
     * Examines the host once. An error is not remembered, so that it can be fixed while this runs.
     */
    private synchronized MachineChoice choice() {
        MachineChoice known = choice;
        if (known == null) {
            known = MachineChoice.of(accelerator, KvmProbe.probe(), emulation.confinement());
            choice = known;
        }
        return known;
    }
}
