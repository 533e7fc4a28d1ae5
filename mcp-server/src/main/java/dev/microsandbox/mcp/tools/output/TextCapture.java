package dev.microsandbox.mcp.tools.output;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;

/**
 * Captures a stream of bytes as readable text. It decodes UTF-8 incrementally, replaces invalid
 * bytes, cleans the text with {@link TerminalText}, and keeps only the beginning and the end of a
 * long text. Not thread-safe.
 */
public final class TextCapture {

    /** The number of UTF-8 bytes that are kept of a process's stream. */
    public static final int DEFAULT_LIMIT = 20 * 1024;

    private final CharsetDecoder decoder =
            UTF_8.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private final CharBuffer decoded = CharBuffer.allocate(8192);
    private final HeadTailBuffer kept;
    private final TerminalText cleaner;

    /** The first bytes of a character whose other bytes have not arrived yet. */
    private byte[] incomplete = {};

    /**
     * @param limit maximum number of UTF-8 bytes to keep
     */
    public TextCapture(int limit) {
        kept = new HeadTailBuffer(limit);
        cleaner = new TerminalText(kept::append);
    }

    /** Cleans and bounds a whole text at once. */
    public static CapturedText of(byte[] utf8, int limit) {
        TextCapture capture = new TextCapture(limit);
        capture.append(utf8);
        return capture.finish();
    }

    /** Appends bytes, which may be split anywhere, even within a character. */
    public void append(byte[] bytes) {
        ByteBuffer input = ByteBuffer.allocate(incomplete.length + bytes.length);
        input.put(incomplete).put(bytes).flip();
        while (decoder.decode(input, decoded, false).isOverflow()) {
            clean();
        }
        clean();
        incomplete = new byte[input.remaining()];
        input.get(incomplete);
    }

    /** Ends the stream and returns the captured text. Must be called once only. */
    public CapturedText finish() {
        decoder.decode(ByteBuffer.wrap(incomplete), decoded, true);
        decoder.flush(decoded);
        clean();
        cleaner.finish();
        HeadTailBuffer.Kept ends = kept.kept();
        return new CapturedText(ends.head(), ends.tail(), ends.omittedBytes(), ends.omittedLines());
    }

    private void clean() {
        cleaner.append(decoded.flip());
        decoded.clear();
    }
}
