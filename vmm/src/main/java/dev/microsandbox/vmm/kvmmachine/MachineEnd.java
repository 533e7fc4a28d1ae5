package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.memory.MemoryFaultException;

/**
 * How a machine ended.
 *
 * @param kind the cause
 * @param text readable text: one line, followed for a crash by the report
 */
record MachineEnd(Kind kind, String text) {

    enum Kind {
        /** {@link Machine#stop} was called. */
        STOPPED,
        /** The guest asked for a reset, which is how a guest powers off. */
        RESET,
        /** The guest did something after which the machine cannot continue, or the host failed. */
        CRASHED
    }

    static final MachineEnd STOPPED = new MachineEnd(Kind.STOPPED, "it was stopped");
    static final MachineEnd RESET = new MachineEnd(Kind.RESET, "the guest reset it");

    /** Why a machine cannot continue. */
    static String words(Throwable cause) {
        return switch (cause) {
            case MemoryFaultException fault -> String.valueOf(fault.getMessage());
            // KVM met the fault when it gave the guest a page.
            case LinuxException e when e.errno() == Errno.EFAULT ->
                    e.getMessage() + ": " + words(MemoryFaultException.of(e));
            default -> cause.toString();
        };
    }
}
