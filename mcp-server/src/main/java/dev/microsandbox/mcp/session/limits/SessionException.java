package dev.microsandbox.mcp.session.limits;

/** A session cannot serve a call now. The message tells the client why, and what to do. */
public final class SessionException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public SessionException(String message) {
        super(message);
    }
}
