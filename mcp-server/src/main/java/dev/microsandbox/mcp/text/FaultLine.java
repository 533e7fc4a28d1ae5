package dev.microsandbox.mcp.text;

/**
 * An exception in one line: what it says, where it was thrown, and its causes. For faults that a
 * client or a guest can provoke as often as it likes, where a stack trace each would fill the log.
 */
public final class FaultLine {

    private static final int MAX_MESSAGE = 500;
    private static final int MAX_CAUSES = 3;
    private static final int MAX_FRAMES = 4;

    private FaultLine() {}

    public static String of(Throwable fault) {
        StringBuilder line = new StringBuilder();
        Throwable next = fault;
        for (int i = 0; next != null && i < MAX_CAUSES; i++) {
            line.append(i == 0 ? "" : "; because of ");
            append(next, line);
            next = next.getCause();
        }
        return line.toString();
    }

    private static void append(Throwable fault, StringBuilder line) {
        line.append(fault.getClass().getSimpleName());
        if (fault.getMessage() != null) {
            line.append(": ").append(ControlCharacters.escape(fault.getMessage(), MAX_MESSAGE));
        }
        StackTraceElement[] frames = fault.getStackTrace();
        for (int i = 0; i < frames.length && i < MAX_FRAMES; i++) {
            line.append(i == 0 ? " (" : " < ");
            line.append(frames[i].getFileName()).append(':').append(frames[i].getLineNumber());
        }
        line.append(frames.length > 0 ? ")" : "");
    }
}
