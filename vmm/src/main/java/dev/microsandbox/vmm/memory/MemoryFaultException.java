package dev.microsandbox.vmm.memory;

import org.jspecify.annotations.Nullable;

/**
 * A machine's memory cannot be read or written, although it is mapped. That costs this machine and
 * no other: whoever catches it ends the machine.
 */
public final class MemoryFaultException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** What happened, for the one who runs the host. */
    private static final String REASON =
            "its memory cannot be accessed any more: a file of its snapshot has become shorter,"
                    + " a sector of the disk is bad, or the host has no memory left";

    MemoryFaultException(@Nullable Throwable cause) {
        super(REASON, cause);
    }

    /**
     * A fault that a system call met, which was given addresses of a machine's memory.
     *
     * @param cause says EFAULT; null if KVM said it by the way in which the guest was left
     */
    public static MemoryFaultException of(@Nullable Throwable cause) {
        return new MemoryFaultException(cause);
    }
}
