package dev.microsandbox.vmm;

import org.jspecify.annotations.Nullable;

/** A sandbox could not do what was asked. The message is for the person who asked. */
public class SandboxException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public SandboxException(String message) {
        super(message);
    }

    public SandboxException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
