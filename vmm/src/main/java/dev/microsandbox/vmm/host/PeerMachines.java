package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.Progress;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.agent.AgentSandbox;
import dev.microsandbox.vmm.image.GuestAssetStore;
import dev.microsandbox.vmm.launch.Confinement;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.MachineKind;
import dev.microsandbox.vmm.qemu.QemuAccelerator;
import dev.microsandbox.vmm.qemu.QemuMachineKind;
import dev.microsandbox.vmm.qemu.QemuProcess;
import dev.microsandbox.vmm.template.Templates;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Machines with which benchmarks compare ours. Not for running untrusted code: see {@link
 * #qemuOnKvm}.
 */
public final class PeerMachines {

    private PeerMachines() {}

    /**
     * The same guest on QEMU's microvm machine with KVM. The process runs as this JVM's user,
     * because another user could not open /dev/kvm. Otherwise it is confined as with software
     * emulation.
     *
     * @param kvm the finding about this host's KVM, which must be able to run guests
     */
    public static SandboxFactory qemuOnKvm(
            GuestAssetStore images, Progress progress, KvmFinding kvm) {
        QemuMachineKind kind = kind(kvm);
        AtomicLong started = new AtomicLong();
        return wanted -> {
            SandboxConfig config = StartPatience.on(kvm).applyTo(wanted);
            GuestFiles files = MicroVms.files(images, config, progress);
            String name = "peer-" + started.incrementAndGet();
            return AgentSandbox.connect(name, QemuProcess.start(name, files, config, kind), config);
        };
    }

    /**
     * Like {@link #qemuOnKvm}, but the guest starts from a template, which QEMU saves with its own
     * migration. The first start makes the template.
     *
     * @param options where the template is kept, and what runs in it
     */
    public static SandboxFactory qemuClonesOnKvm(
            GuestAssetStore images, Progress progress, KvmFinding kvm, TemplateOptions options) {
        MachineKind kind = kind(kvm);
        Templates templates = MicroVms.open(options, progress);
        AtomicLong started = new AtomicLong();
        return wanted -> {
            SandboxConfig config = StartPatience.on(kvm).applyTo(wanted);
            GuestFiles files = MicroVms.files(images, config, progress);
            String _ = templates.build(kind, files, config);
            String name = "peer-clone-" + started.incrementAndGet();
            return templates
                    .start(kind, name, files, config)
                    .orElseThrow(
                            () ->
                                    new SandboxStartException(
                                            "QEMU could not start from its template; see its messages above.",
                                            null));
        };
    }

    private static QemuMachineKind kind(KvmFinding kvm) {
        return new QemuMachineKind(
                QemuAccelerator.kvm(kvm.state() != KvmFinding.State.USABLE),
                "QEMU with KVM",
                Confinement.DEFAULT);
    }
}
