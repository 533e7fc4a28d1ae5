package dev.microsandbox.mcp.tools.output;

import java.util.function.Consumer;

/**
 * Converts terminal output to the text that a reader would see in a terminal. Colours and other
 * escape sequences are removed. A carriage return or a backspace overwrites, so that a progress bar
 * appears once, in its last state. Control characters become visible. Uses constant memory for text
 * of any length, which may be split anywhere. Not thread-safe.
 *
 * <p>Sequences are those of ECMA-48 and xterm's operating system commands.
 */
final class TerminalText {

    /**
     * Maximum length of a buffered line. The part of a longer line that was flushed can no longer
     * be overwritten.
     */
    static final int MAX_LINE = 8192;

    /** Maximum length of a sequence. A longer one is not a sequence, and its rest is shown. */
    private static final int MAX_SEQUENCE = 4096;

    private static final char ESCAPE = 0x1B;
    private static final char BELL = 0x07;
    private static final char DELETE = 0x7F;
    private static final char CONTROL_PICTURES = '\u2400';
    private static final char PICTURE_OF_DELETE = '\u2421';
    private static final char REPLACEMENT = '\uFFFD';

    private enum ParserState {
        TEXT,
        /** After ESC. */
        ESCAPED,
        /** In a control sequence, after ESC [. */
        CONTROL_SEQUENCE,
        /** In a string, for example a window title, after ESC ]. */
        STRING,
        /** In a string, after ESC. */
        STRING_ESCAPED
    }

    private final Consumer<String> sink;
    private final StringBuilder line = new StringBuilder();
    private ParserState state = ParserState.TEXT;
    private boolean returned;
    private char firstParameter;
    private int sequenceLength;

    /**
     * @param sink receives the text in pieces that never split a surrogate pair
     */
    TerminalText(Consumer<String> sink) {
        this.sink = sink;
    }

    void append(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (state) {
                case TEXT -> text(c);
                case ESCAPED -> escaped(c);
                case CONTROL_SEQUENCE -> controlSequence(c);
                case STRING -> string(c);
                case STRING_ESCAPED -> stringEscaped(c);
            }
        }
    }

    /** Passes the last, unfinished line to the sink. */
    void finish() {
        flush();
    }

    private void text(char c) {
        if (c == '\n') {
            line.append('\n');
            flush();
            returned = false;
        } else if (c == '\r') {
            returned = true;
        } else if (c == '\b') {
            eraseLast();
        } else if (c == ESCAPE) {
            state = ParserState.ESCAPED;
        } else if (c != BELL) {
            print(visible(c));
        }
    }

    private void print(char c) {
        if (returned) {
            line.setLength(0);
            returned = false;
        }
        line.append(c);
        if (line.length() >= MAX_LINE && !Character.isHighSurrogate(c)) {
            flush();
        }
    }

    private static char visible(char c) {
        if (c == '\t' || (c >= ' ' && c < DELETE) || c > 0x9F) {
            return c;
        }
        if (c == DELETE) {
            return PICTURE_OF_DELETE;
        }
        return c < ' ' ? (char) (CONTROL_PICTURES + c) : REPLACEMENT;
    }

    private void eraseLast() {
        int length = line.length();
        if (length > 0) {
            line.setLength(line.offsetByCodePoints(length, -1));
        }
    }

    private void escaped(char c) {
        sequenceLength = 0;
        firstParameter = 0;
        if (c == '[') {
            state = ParserState.CONTROL_SEQUENCE;
        } else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_') {
            state = ParserState.STRING;
        } else if (c >= ' ' && c <= '/') {
            // An intermediate byte: the sequence continues.
            state = ParserState.ESCAPED;
        } else {
            state = ParserState.TEXT;
            if (c < ' ' || c > '~') {
                text(c);
            }
        }
    }

    private void controlSequence(char c) {
        if (c >= '@' && c <= '~') {
            state = ParserState.TEXT;
            if (c == 'K' && (returned || firstParameter == '2')) {
                line.setLength(0);
            }
        } else if (c < ' ' || c > '~' || ++sequenceLength > MAX_SEQUENCE) {
            state = ParserState.TEXT;
            text(c);
        } else if (firstParameter == 0) {
            firstParameter = c;
        }
    }

    private void string(char c) {
        if (c == BELL) {
            state = ParserState.TEXT;
        } else if (c == ESCAPE) {
            state = ParserState.STRING_ESCAPED;
        } else if (c == '\n' || ++sequenceLength > MAX_SEQUENCE) {
            state = ParserState.TEXT;
            text(c);
        }
    }

    private void stringEscaped(char c) {
        if (c == '\\') {
            state = ParserState.TEXT;
        } else {
            state = ParserState.ESCAPED;
            escaped(c);
        }
    }

    private void flush() {
        if (!line.isEmpty()) {
            sink.accept(line.toString());
            line.setLength(0);
        }
    }
}
