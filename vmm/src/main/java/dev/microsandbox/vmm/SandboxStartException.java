package dev.microsandbox.vmm;

import org.jspecify.annotations.Nullable;

/** The machine did not start; the message has its last words. */
public final class SandboxStartException extends SandboxException {

    private static final long serialVersionUID = 1L;

    public SandboxStartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
