package dev.microsandbox.vmm;

import org.jspecify.annotations.Nullable;

/**
 * The machine did not start. The message says why, with the machine's last console lines if there
 * are any.
 */
public final class SandboxStartException extends SandboxException {

    private static final long serialVersionUID = 1L;

    public SandboxStartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
