package dev.microsandbox.vmm.linux;

import java.io.IOException;

/** A system call failed. The message names the call, its arguments and the error. */
public final class LinuxException extends IOException {

    private static final long serialVersionUID = 1L;

    private final int errno;

    /**
     * @param call the call with its arguments, as a person would write it
     * @param errno the positive error number
     */
    public LinuxException(String call, int errno) {
        super(call + ": " + Errno.name(errno) + " (" + errno + ")");
        this.errno = errno;
    }

    /** The positive error number; see {@link Errno}. */
    public int errno() {
        return errno;
    }
}
