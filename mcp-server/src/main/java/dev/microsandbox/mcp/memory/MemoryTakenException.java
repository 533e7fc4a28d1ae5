package dev.microsandbox.mcp.memory;

/** There is not enough memory for a large message. */
public final class MemoryTakenException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final boolean lasting;

    /**
     * @param message tells the client why, and what to do
     * @param lasting whether there will never be enough memory
     */
    MemoryTakenException(String message, boolean lasting) {
        super(message);
        this.lasting = lasting;
    }

    /** Whether retrying later is useless. */
    public boolean isLasting() {
        return lasting;
    }

    /** The message for the client. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
