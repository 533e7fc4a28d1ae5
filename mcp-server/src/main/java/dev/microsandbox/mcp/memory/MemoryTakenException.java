package dev.microsandbox.mcp.memory;

/** There is no memory for a large message. */
public final class MemoryTakenException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final boolean lasting;

    /**
     * @param message for the caller: why, and what to do
     * @param lasting whether there will never be any
     */
    MemoryTakenException(String message, boolean lasting) {
        super(message);
        this.lasting = lasting;
    }

    /** Whether it is of no use to try again later. */
    public boolean isLasting() {
        return lasting;
    }

    /** For the caller. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
