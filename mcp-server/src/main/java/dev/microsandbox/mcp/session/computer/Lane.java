package dev.microsandbox.mcp.session.computer;

/** Which calls of one computer wait for one another. */
public enum Lane {
    /** Code in interpreters: one at a time, in order of arrival. */
    CODE,
    /** Changes of files: one at a time, so that no edit loses another's. */
    FILES,
    /** Saving the whole computer and putting it back: one at a time. */
    STATE,
    /** Goes through at once. */
    FREE;

    /** More waiting calls than an agent makes by intent; each holds a thread and its arguments. */
    public static final int MOST_WAITING = 16;
}
