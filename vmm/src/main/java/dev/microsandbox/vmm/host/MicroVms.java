package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.agent.AgentSandbox;
import dev.microsandbox.vmm.image.GuestAssetStore;
import dev.microsandbox.vmm.image.GuestAssets;
import dev.microsandbox.vmm.image.ImageException;
import dev.microsandbox.vmm.image.Progress;
import dev.microsandbox.vmm.kvmmachine.KvmMachine;
import dev.microsandbox.vmm.machine.GuestMachine;
import dev.microsandbox.vmm.qemu.QemuMachine;
import dev.microsandbox.vmm.qemu.QemuCheckpoint;
import dev.microsandbox.vmm.snapshot.DiskUse;
import dev.microsandbox.vmm.template.KvmTemplates;
import dev.microsandbox.vmm.template.QemuTemplates;
import dev.microsandbox.vmm.template.TemplateKind;
import dev.microsandbox.vmm.template.Templates;
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

    /** Made at the first start; guarded by this. */
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
            Templates templates) {
        return new MicroVms(images, progress, accelerator, templates);
    }

    @Override
    public Sandbox start(SandboxConfig wanted) throws InterruptedException {
        MachineChoice machine = choice();
        SandboxConfig config = machine.patience().applyTo(wanted);
        GuestAssets assets = assets(images, config, progress);
        String name = "sandbox-" + STARTED.incrementAndGet();
        if (templates != null) {
            Optional<Sandbox> clone = templates.start(kind(machine), name, assets, config);
            if (clone.isPresent()) {
                return clone.get();
            }
        }
        return AgentSandbox.connect(name, start(name, assets, config, machine), config);
    }

    @Override
    public Sandbox resume(Path checkpoint, SandboxConfig wanted) throws InterruptedException {
        MachineChoice machine = choice();
        SandboxConfig config = machine.patience().applyTo(wanted);
        String name = "sandbox-" + STARTED.incrementAndGet();
        return AgentSandbox.wake(name, resume(name, checkpoint, config, machine), config);
    }

    private GuestMachine resume(
            String name, Path checkpoint, SandboxConfig config, MachineChoice choice)
            throws InterruptedException {
        if (choice.isolation() == Isolation.EMULATION) {
            return QemuMachine.resume(
                    name,
                    checkpoint,
                    QemuTemplates.guest(assets(images, config, progress)),
                    config,
                    choice.reason());
        }
        if (QemuCheckpoint.isAt(checkpoint)) {
            throw new CheckpointException(
                    "The checkpoint cannot be used: it was made in software emulation (QEMU), and sandboxes run on KVM here. It goes on where the accelerator is set to qemu.",
                    null);
        }
        return KvmMachine.resume(
                name,
                checkpoint,
                KvmTemplates.guest(assets(images, config, progress)),
                config,
                choice.isolation(),
                choice.reason());
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
                                MachineChoice machine = choice();
                                own.prepare(
                                        kind(machine),
                                        assets(images, config, progress),
                                        machine.patience().applyTo(config));
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
        MachineChoice machine = choice();
        return templates.build(
                kind(machine),
                assets(images, config, progress),
                machine.patience().applyTo(config));
    }

    private static TemplateKind kind(MachineChoice choice) {
        return choice.isolation() == Isolation.EMULATION
                ? new QemuTemplates(choice.reason())
                : new KvmTemplates(choice.isolation(), choice.reason());
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
                ? QemuMachine.start(name, QemuTemplates.guest(assets), config, choice.reason())
                : KvmMachine.start(
                        name,
                        KvmTemplates.guest(assets),
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
