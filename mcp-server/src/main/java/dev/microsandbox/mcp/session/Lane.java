package dev.microsandbox.mcp.session;

/** Which calls of one session wait for one another. */
public enum Lane {
    /** Code in interpreters: one at a time, in order of arrival. */
    CODE,
    /** Changes of files: one at a time, so that no edit loses another's. */
    FILES,
    /** Goes through at once. */
    FREE
}
