package dev.microsandbox.vmm;

/** An operation failed in the guest, or the guest refused it. The sandbox itself stays usable. */
public final class GuestException extends SandboxException {

    private static final long serialVersionUID = 1L;

    /** No such file or directory. */
    public static final int ENOENT = 2;

    /** No such process, or job. */
    public static final int ESRCH = 3;

    /** Permission denied. */
    public static final int EACCES = 13;

    /** A limit of simultaneous operations is reached, for example that of running jobs. */
    public static final int EBUSY = 16;

    /** File exists. */
    public static final int EEXIST = 17;

    /** Is a directory. */
    public static final int EISDIR = 21;

    /** Invalid argument. */
    public static final int EINVAL = 22;

    /** No space left on device. */
    public static final int ENOSPC = 28;

    /** The operation was cancelled. */
    public static final int CANCELLED = 0x1000;

    /** The guest is of an earlier version that does not know the operation. */
    public static final int UNKNOWN_OPERATION = 0x1001;

    /** An argument was out of range. */
    public static final int BAD_ARGUMENT = 0x1002;

    /** The image has no such language. */
    public static final int UNKNOWN_LANGUAGE = 0x1003;

    /** The language's interpreter is running other code. */
    public static final int BUSY = 0x1004;

    /** The language's interpreter did not start. */
    public static final int RUNNER_FAILED = 0x1005;

    /** The file shrank while it was read. */
    public static final int CHANGED = 0x1006;

    private final int status;

    public GuestException(int status, String message) {
        super(message);
        this.status = status;
    }

    /**
     * A Linux {@code errno} below 4096, or one of the agent protocol's statuses (section 4 of
     * docs/agent-protocol.md).
     */
    public int status() {
        return status;
    }
}
