package dev.microsandbox.mcp.tools.image;

/**
 * An image could be shown, but making it smaller would take longer than a call may use, or the call
 * was cancelled.
 */
public final class ImageTimeException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ImageTimeException(String message) {
        super(message);
    }

    /** Why, in words that follow a colon. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
