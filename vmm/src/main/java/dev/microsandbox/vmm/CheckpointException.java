package dev.microsandbox.vmm;

import org.jspecify.annotations.Nullable;

/**
 * A sandbox could not be saved, or could not be restored to a checkpoint. The message says why and
 * what to do. A sandbox that was running continues unchanged.
 */
public class CheckpointException extends SandboxException {

    private static final long serialVersionUID = 1L;

    public CheckpointException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
