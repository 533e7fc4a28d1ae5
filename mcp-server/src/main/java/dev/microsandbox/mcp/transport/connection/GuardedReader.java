package dev.microsandbox.mcp.transport.connection;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.BadRequestException;
import io.helidon.webserver.CloseConnectionException;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Reads requests from a connection.
 *
 * <p>Of a chunked body (RFC 9112 section 7.1) it accepts only what every HTTP implementation
 * understands in the same way, and it has each chunk allowed before it reads it. Helidon by itself
 * skips whatever follows a chunk's data, looks for the end of a chunk's size without bound, keeps a
 * chunk's segments as they come, and after a failure goes on reading chunks where it stopped. It
 * also reads a chunk as a whole; here it sees a large one as many of {@link #PIECE} bytes.
 */
final class GuardedReader extends DataReader {

    private static final int LINE_END = 2;

    private static final int MAX_LINE = 10;

    private static final int PIECE = 16 << 10;

    private static final Pattern SIZE = Pattern.compile("[0-9A-Fa-f]{1,8}");

    private final Connection connection;

    /** What is left of the chunk after the piece that is read now. */
    private long rest;

    /** Whether the size of the body's last chunk, which is zero, has been read. */
    private boolean atLastChunk;

    private boolean broken;

    // Helidon wants its factory method to be used instead, but that leaves nothing to override.
    @SuppressWarnings("removal")
    GuardedReader(Connection connection) {
        super(connection::read);
        this.connection = connection;
    }

    /** A request's header has been read. */
    void beginRequest() {
        atLastChunk = false;
        rest = 0;
    }

    /** Whether a body could not be read, so that nobody knows where the next request begins. */
    boolean isBroken() {
        return broken;
    }

    /** Reads the size of a chunk, or the empty line after the last one. */
    @Override
    public String readLine() {
        return ofBody(
                () -> {
                    if (rest > 0) {
                        return nextPiece();
                    }
                    String line = readShortLine();
                    if (atLastChunk) {
                        if (!line.isEmpty()) {
                            throw malformed();
                        }
                        return line;
                    }
                    if (!SIZE.matcher(line).matches()) {
                        throw malformed();
                    }
                    rest = Long.parseLong(line, 16);
                    atLastChunk = rest == 0;
                    return nextPiece();
                });
    }

    /** The size of the next piece of a chunk. */
    private String nextPiece() {
        long piece = Math.min(rest, PIECE);
        rest -= piece;
        return Long.toHexString(piece);
    }

    private String readShortLine() {
        int length;
        try {
            length = findNewLine(MAX_LINE);
        } catch (IncorrectNewLineException e) {
            throw malformed();
        }
        if (length == MAX_LINE) {
            throw malformed();
        }
        String line = readAsciiString(length);
        super.skip(LINE_END);
        return line;
    }

    /** Skips the end of a line; in a body, nothing else of that length is skipped. */
    @Override
    public void skip(int length) {
        if (!connection.isInRequest() || length != LINE_END) {
            super.skip(length);
            return;
        }
        if (rest > 0 && !broken) {
            return; // a piece has no line end of its own
        }
        var _ =
                ofBody(
                        () -> {
                            if (read() != '\r' || read() != '\n') {
                                throw malformed();
                            }
                            return this;
                        });
    }

    @Override
    public BufferData readBuffer(int length) {
        return connection.isInRequest() ? ofBody(() -> readPart(length)) : super.readBuffer(length);
    }

    private BufferData readPart(int length) {
        connection.beginPart(length);
        if (length <= available()) {
            BufferData part = getBuffer(length);
            super.skip(length);
            return part;
        }
        byte[] bytes = new byte[length];
        int read = 0;
        while (read < length) {
            ensureAvailable();
            int some = Math.min(available(), length - read);
            var _ = getBuffer(some).read(bytes, read, some);
            super.skip(some);
            read += some;
        }
        return BufferData.create(bytes);
    }

    /** Reads something of a body, unless that has failed before. */
    private <T> T ofBody(Supplier<T> reading) {
        if (broken) {
            throw new CloseConnectionException("the request's body is malformed");
        }
        boolean done = false;
        try {
            T result = reading.get();
            done = true;
            return result;
        } finally {
            broken = !done;
        }
    }

    private static BadRequestException malformed() {
        return new BadRequestException("The chunks of the request's body are malformed.");
    }
}
