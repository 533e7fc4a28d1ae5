package dev.microsandbox.mcp.cli;

/**
 * The result of one check by {@code msb doctor}.
 *
 * @param level the severity
 * @param subject what was checked
 * @param text the result and, if there is a problem, what to do
 */
record Finding(Level level, String subject, String text) {

    /** The severity of a finding. */
    enum Level {
        OK,
        /** It works, but not as well as it could. */
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
