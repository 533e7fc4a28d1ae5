package dev.microsandbox.mcp.cli;

/**
 * What {@code msb doctor} found out about one thing.
 *
 * @param subject the thing
 * @param text what is the case and, unless all is well, what to do
 */
record Finding(Level level, String subject, String text) {

    /** How bad it is. */
    enum Level {
        OK,
        /** It works, not as well as it could. */
        WARN,
        /** It does not work. */
        FAIL
    }

    static Finding ok(String subject, String text) {
        return new Finding(Level.OK, subject, text);
    }

    static Finding warn(String subject, String text) {
        return new Finding(Level.WARN, subject, text);
    }

    static Finding fail(String subject, String text) {
        return new Finding(Level.FAIL, subject, text);
    }
}
