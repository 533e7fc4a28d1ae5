package dev.microsandbox.vmm;

import org.jspecify.annotations.Nullable;

/** A sandbox could not do what was requested. The message is for the person who requested it. */
public class SandboxException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public SandboxException(String message) {
        super(message);
    }

    public SandboxException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
