package dev.microsandbox.mcp.memory;

/** There is not enough memory for a large message. */
public final class MessageMemoryException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final boolean permanent;

    /**
     * @param message tells the client why, and what to do
     * @param permanent whether there will never be enough memory
     */
    MessageMemoryException(String message, boolean permanent) {
        super(message);
        this.permanent = permanent;
    }

    /** Whether retrying later is useless. */
    public boolean isPermanent() {
        return permanent;
    }

    /** The message for the client. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
