package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.kvmmachine.KvmMachineKind;
import dev.microsandbox.vmm.launch.Confinement;
import dev.microsandbox.vmm.machine.MachineKind;
import dev.microsandbox.vmm.qemu.QemuAccelerator;
import dev.microsandbox.vmm.qemu.QemuCheckpoint;
import dev.microsandbox.vmm.qemu.QemuMachineKind;
import java.nio.file.Path;

/**
 * The chosen kind of machine. Only this class knows all kinds.
 *
 * @param kind of machine; its description, a clause without a full stop, says what it is and why it
 *     was chosen
 * @param patience how long guests may take to start
 */
record MachineChoice(MachineKind kind, StartPatience patience) {

    /**
     * Chooses the kind of machine.
     *
     * @param confinement of QEMU
     * @throws SandboxStartException if KVM is requested and cannot be used; says what to do
     */
    static MachineChoice of(Accelerator wanted, KvmFinding found, Confinement confinement) {
        return switch (wanted) {
            case QEMU -> qemu("QEMU's software emulation, as configured", confinement);
            case KVM -> {
                if (!found.canRun()) {
                    throw new SandboxStartException(
                            "The accelerator is set to kvm, which cannot be used: "
                                    + found.text()
                                    + " With 'auto' or 'qemu' sandboxes run on software emulation.",
                            null);
                }
                yield kvm(found, "KVM, as configured: ");
            }
            case AUTO ->
                    found.state() == KvmFinding.State.USABLE
                            ? kvm(found, "KVM: ")
                            : qemu(
                                    "QEMU's software emulation, since KVM is no choice: "
                                            + withoutStop(found.text()),
                                    confinement);
        };
    }

    private static MachineChoice qemu(String description, Confinement confinement) {
        return new MachineChoice(
                new QemuMachineKind(QemuAccelerator.TCG, description, confinement),
                StartPatience.DEFAULT);
    }

    private static MachineChoice kvm(KvmFinding found, String prefix) {
        return new MachineChoice(
                new KvmMachineKind(
                        found.state() != KvmFinding.State.USABLE,
                        prefix + withoutStop(found.text())),
                StartPatience.on(found));
    }

    /**
     * Refuses a checkpoint that another kind of machine has saved.
     *
     * @throws CheckpointException if another kind has saved it; says where it can be used
     */
    void requireOwn(Path checkpoint) {
        if (!kind.isCheckpoint(checkpoint) && QemuCheckpoint.isAt(checkpoint)) {
            throw new CheckpointException(
                    "The checkpoint cannot be used: it was made in software emulation (QEMU), and sandboxes run on KVM here. It goes on where the accelerator is set to qemu.",
                    null);
        }
    }

    private static String withoutStop(String sentences) {
        return sentences.endsWith(".") ? sentences.substring(0, sentences.length() - 1) : sentences;
    }
}
