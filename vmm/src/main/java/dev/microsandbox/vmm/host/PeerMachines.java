package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.Progress;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.agent.AgentSandbox;
import dev.microsandbox.vmm.image.GuestAssetStore;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.MachineKind;
import dev.microsandbox.vmm.qemu.QemuAccelerator;
import dev.microsandbox.vmm.qemu.QemuMachineKind;
import dev.microsandbox.vmm.qemu.QemuProcess;
import dev.microsandbox.vmm.template.Templates;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What our machines are measured against. Not for running strangers' code: see {@link #qemuOnKvm}.
 */
public final class PeerMachines {

    private PeerMachines() {}

    /**
     * The same guest on QEMU's microvm machine with KVM. The process runs as this JVM's user, since
     * another could not open /dev/kvm; the rest of its confinement is as with software emulation.
     *
     * @param kvm this host's, which must be able to run
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
     * The same guest going on from a template in QEMU's microvm machine with KVM, which QEMU makes
     * by its own migration. Otherwise as {@link #qemuOnKvm}. The first start makes the template.
     *
     * @param options where that is kept, and what is up in it
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
                                            "QEMU did not go on from its template; what it said is above.",
                                            null));
        };
    }

    private static QemuMachineKind kind(KvmFinding kvm) {
        return new QemuMachineKind(
                QemuAccelerator.kvm(kvm.state() != KvmFinding.State.USABLE), "QEMU with KVM");
    }
}
