package dev.microsandbox.mcp.memory;

/** There is not enough memory for a message. */
public final class MessageMemoryException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Cause cause;

    /** What was in the way. */
    public enum Cause {
        /** The message is too large for this server. */
        MESSAGE,
        /** Other messages of the caller hold its share. */
        CALLER,
        /** Messages of all callers hold everything. */
        SERVER
    }

    /**
     * @param message tells the client why, and what to do
     */
    public MessageMemoryException(String message, Cause cause) {
        super(message);
        this.cause = cause;
    }

    /** Whether retrying later is useless. */
    public boolean isPermanent() {
        return cause == Cause.MESSAGE;
    }

    /** Whether the caller's own messages are in the way. */
    public boolean isOfCaller() {
        return cause == Cause.CALLER;
    }

    /** The message for the client. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
