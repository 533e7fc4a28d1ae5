package dev.microsandbox.vmm;

import org.jspecify.annotations.Nullable;

/**
 * A sandbox could not be saved, or not be made again what it was at a checkpoint. Its message says
 * why and what to do; a sandbox that ran goes on as it was.
 */
public class CheckpointException extends SandboxException {

    private static final long serialVersionUID = 1L;

    public CheckpointException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
