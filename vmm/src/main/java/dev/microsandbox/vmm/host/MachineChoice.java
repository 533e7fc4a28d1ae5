package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxStartException;

/**
 * What machines run on.
 *
 * @param isolation that they give
 * @param reason what that is and why it was chosen: a clause without its full stop
 * @param patience how long their guests may take to start
 */
record MachineChoice(Isolation isolation, String reason, StartPatience patience) {

    /**
     * Chooses.
     *
     * @throws SandboxStartException if KVM is asked for and cannot be used; says what to do
     */
    static MachineChoice of(Accelerator wanted, KvmFinding found) {
        return switch (wanted) {
            case QEMU ->
                    new MachineChoice(
                            Isolation.EMULATION,
                            "QEMU's software emulation, as configured",
                            StartPatience.DEFAULT);
            case KVM -> {
                if (!found.canRun()) {
                    throw new SandboxStartException(
                            "The accelerator is set to kvm, which cannot be used: "
                                    + found.text()
                                    + " With 'auto' or 'qemu' sandboxes run on software emulation.",
                            null);
                }
                yield new MachineChoice(
                        isolation(found),
                        "KVM, as configured: " + withoutStop(found.text()),
                        StartPatience.on(found));
            }
            case AUTO ->
                    found.state() == KvmFinding.State.USABLE
                            ? new MachineChoice(
                                    Isolation.HARDWARE,
                                    "KVM: " + withoutStop(found.text()),
                                    StartPatience.on(found))
                            : new MachineChoice(
                                    Isolation.EMULATION,
                                    "QEMU's software emulation, since KVM is no choice: "
                                            + withoutStop(found.text()),
                                    StartPatience.DEFAULT);
        };
    }

    private static Isolation isolation(KvmFinding found) {
        return found.state() == KvmFinding.State.USABLE
                ? Isolation.HARDWARE
                : Isolation.KVM_SOFTWARE;
    }

    private static String withoutStop(String sentences) {
        return sentences.endsWith(".") ? sentences.substring(0, sentences.length() - 1) : sentences;
    }
}
