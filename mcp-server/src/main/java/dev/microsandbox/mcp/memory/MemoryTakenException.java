package dev.microsandbox.mcp.memory;

/** There is no memory for a large message. */
public final class MemoryTakenException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * @param message for the caller: why, and what to do
     */
    MemoryTakenException(String message) {
        super(message);
    }

    /** For the caller. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
