package dev.microsandbox.mcp.session.computer;

/** The queues for calls of one computer. Calls of the same lane wait for one another. */
public enum Lane {
    /** Code in interpreters: one at a time, in order of arrival. */
    CODE,
    /** Changes of files: one at a time, so that no edit overwrites another. */
    FILES,
    /** Saving and restoring the whole computer: one at a time. */
    STATE,
    /** No queue: the call proceeds at once. */
    FREE;

    /**
     * Maximum number of waiting calls in a lane. No agent makes so many on purpose, and each holds
     * a thread and its arguments.
     */
    public static final int MAX_WAITING = 16;
}
