package dev.microsandbox.mcp.front;

import java.time.Duration;

/** A namespace has no worker, and none can be started now. The message is for the caller. */
public final class NoWorkerException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Duration retryAfter;

    /**
     * @param message says why, and what the caller can do
     * @param retryAfter when it is worth to try again
     */
    public NoWorkerException(String message, Duration retryAfter) {
        super(message);
        this.retryAfter = retryAfter;
    }

    public Duration retryAfter() {
        return retryAfter;
    }

    /** Never null. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
