package dev.microsandbox.mcp.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;

/**
 * Output for a terminal that shows what was written and obeys nothing of it. Escape sequences
 * (ECMA-48, and xterm's strings) are left out, other control characters are shown as escapes, and
 * bytes that are no UTF-8 as replacement characters. Line feed and tab remain. A carriage return
 * begins a new line, so that nothing on the screen is overwritten. What has been written appears at
 * once, except for an unfinished character or sequence. Thread-safe.
 */
public final class VisibleOutput extends FilterOutputStream {

    /** Maximum length of a sequence. What is longer is none, and its rest is shown. */
    private static final int MAX_SEQUENCE = 4096;

    private static final char ESCAPE = 0x1B;
    private static final char BELL = 0x07;

    /** Longest encoding of a character in UTF-8. */
    private static final int MAX_ENCODED = 4;

    private enum ParserState {
        TEXT,
        /** After a carriage return: a line feed belongs to it. */
        RETURNED,
        /** After ESC. */
        ESCAPED,
        /** In a control sequence, after ESC [ or CSI. */
        CONTROL_SEQUENCE,
        /** In a string, for example a window title, after ESC ]. */
        STRING,
        /** In a string, after ESC. */
        STRING_ESCAPED
    }

    private final CharsetDecoder decoder =
            UTF_8.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .onUnmappableCharacter(CodingErrorAction.REPLACE);

    private final ByteBuffer pending = ByteBuffer.allocate(8192 + MAX_ENCODED);
    private final CharBuffer decoded = CharBuffer.allocate(8192 + MAX_ENCODED);
    private ParserState state = ParserState.TEXT;
    private int sequenceLength;

    public VisibleOutput(OutputStream terminal) {
        super(terminal);
    }

    @Override
    public synchronized void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        for (int done = 0; done < length; ) {
            int count = Math.min(length - done, pending.remaining());
            pending.put(bytes, offset + done, count);
            done += count;
            pass(false);
        }
    }

    private void pass(boolean last) throws IOException {
        pending.flip();
        decoder.decode(pending, decoded, last);
        pending.compact();
        decoded.flip();
        StringBuilder shown = new StringBuilder(decoded.length());
        decoded.chars().forEach(c -> accept((char) c, shown));
        decoded.clear();
        out.write(shown.toString().getBytes(UTF_8));
    }

    /** Writes an unfinished character too. */
    @Override
    public synchronized void close() throws IOException {
        try {
            pass(true);
        } finally {
            super.close();
        }
    }

    private void accept(char c, StringBuilder shown) {
        switch (state) {
            case TEXT -> text(c, shown);
            case RETURNED -> {
                state = ParserState.TEXT;
                if (c != '\n') {
                    text(c, shown);
                }
            }
            case ESCAPED -> escaped(c, shown);
            case CONTROL_SEQUENCE -> controlSequence(c, shown);
            case STRING -> string(c, shown);
            case STRING_ESCAPED -> {
                state = ParserState.TEXT;
                if (c != '\\') {
                    escaped(c, shown);
                }
            }
        }
    }

    private void text(char c, StringBuilder shown) {
        switch (c) {
            case '\n', '\t' -> shown.append(c);
            case '\r' -> {
                shown.append('\n');
                state = ParserState.RETURNED;
            }
            case ESCAPE -> begin(ParserState.ESCAPED);
            case 0x9B -> begin(ParserState.CONTROL_SEQUENCE);
            case 0x90, 0x98, 0x9D, 0x9E, 0x9F -> begin(ParserState.STRING);
            default -> {
                // The decoder gives surrogates only in pairs, which stand for visible characters.
                if (Character.isSurrogate(c)) {
                    shown.append(c);
                } else {
                    ControlCharacters.escape(c, shown);
                }
            }
        }
    }

    private void begin(ParserState next) {
        state = next;
        sequenceLength = 0;
    }

    private void escaped(char c, StringBuilder shown) {
        if (c == '[') {
            begin(ParserState.CONTROL_SEQUENCE);
        } else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_') {
            begin(ParserState.STRING);
        } else if (c >= ' ' && c <= '/' && ++sequenceLength <= MAX_SEQUENCE) {
            // An intermediate byte: the sequence continues.
            state = ParserState.ESCAPED;
        } else {
            state = ParserState.TEXT;
            if (c < '0' || c > '~') {
                text(c, shown);
            }
        }
    }

    private void controlSequence(char c, StringBuilder shown) {
        if (c >= '@' && c <= '~') {
            state = ParserState.TEXT;
        } else if (c < ' ' || c > '~' || ++sequenceLength > MAX_SEQUENCE) {
            state = ParserState.TEXT;
            text(c, shown);
        }
    }

    private void string(char c, StringBuilder shown) {
        if (c == BELL || c == 0x9C) {
            state = ParserState.TEXT;
        } else if (c == ESCAPE) {
            state = ParserState.STRING_ESCAPED;
        } else if (c == '\n' || ++sequenceLength > MAX_SEQUENCE) {
            state = ParserState.TEXT;
            text(c, shown);
        }
    }
}
