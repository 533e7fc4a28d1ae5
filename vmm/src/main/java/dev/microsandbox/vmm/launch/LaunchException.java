package dev.microsandbox.vmm.launch;

import java.io.IOException;

/** The launcher refuses a request. */
public final class LaunchException extends IOException {

    private static final long serialVersionUID = 1L;

    private final int errno;

    LaunchException(int errno, String reason) {
        super(reason);
        this.errno = errno;
    }

    /** Why, as an errno of Linux. */
    public int errno() {
        return errno;
    }
}
