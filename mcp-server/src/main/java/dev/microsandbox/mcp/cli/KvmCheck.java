package dev.microsandbox.mcp.cli;

import dev.microsandbox.vmm.host.Accelerator;
import dev.microsandbox.vmm.host.KvmFinding;

/** Judges whether sandboxes can run on this host's KVM. */
final class KvmCheck {

    private static final String SUBJECT = "kvm";

    private KvmCheck() {}

    /** Judges the state of KVM for the configured accelerator. */
    static Finding judge(KvmFinding kvm, Accelerator accelerator) {
        return switch (accelerator) {
            case QEMU ->
                    Finding.ok(
                            SUBJECT,
                            kvm.text()
                                    + " Sandboxes run on software emulation, as configured"
                                    + " (accelerator: qemu).");
            case KVM ->
                    kvm.canRun()
                            ? level(kvm, kvm.text() + " Sandboxes run on it, as configured.")
                            : Finding.fail(
                                    SUBJECT,
                                    kvm.text()
                                            + " No sandbox can start: accelerator is set to kvm.");
            case AUTO ->
                    kvm.state() == KvmFinding.State.USABLE
                            ? Finding.ok(SUBJECT, kvm.text() + " Sandboxes run on it.")
                            : Finding.warn(
                                    SUBJECT, kvm.text() + " Sandboxes run on software emulation.");
        };
    }

    /** Whether sandboxes run on KVM. */
    static boolean isUsed(KvmFinding kvm, Accelerator accelerator) {
        return accelerator == Accelerator.KVM
                || (accelerator == Accelerator.AUTO && kvm.state() == KvmFinding.State.USABLE);
    }

    private static Finding level(KvmFinding kvm, String text) {
        return kvm.state() == KvmFinding.State.USABLE
                ? Finding.ok(SUBJECT, text)
                : Finding.warn(SUBJECT, text);
    }
}
