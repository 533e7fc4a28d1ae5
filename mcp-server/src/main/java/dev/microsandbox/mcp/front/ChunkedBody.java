package dev.microsandbox.mcp.front;

import dev.microsandbox.mcp.front.WorkerException.Kind;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A body in chunks (RFC 9112, section 7.1) without extensions and trailers. Whatever else could be
 * read in two ways is refused.
 */
final class ChunkedBody implements AnswerBody {

    private static final int MAX_DIGITS = 8;

    private final WorkerConnection connection;

    /** What is left of the chunk. */
    private long left;

    private boolean first = true;
    private boolean ended;

    ChunkedBody(WorkerConnection connection) {
        this.connection = connection;
    }

    @Override
    public @Nullable ByteBuffer next() throws WorkerException {
        if (ended) {
            return null;
        }
        if (left == 0) {
            // The line end is read as late as this: the chunk itself must not wait for it.
            if (!first) {
                expectLineEnd();
            }
            first = false;
            left = readSize();
            if (left == 0) {
                expectLineEnd();
                ended = true;
                return null;
            }
        }
        ByteBuffer bytes = connection.take(left);
        if (bytes == null) {
            throw new WorkerException(Kind.ENDED, "the connection ended in a chunk");
        }
        left -= bytes.remaining();
        return bytes;
    }

    private long readSize() throws WorkerException {
        long size = 0;
        int digits = 0;
        int next = connection.next();
        while (next != '\r') {
            int digit = next < 0x80 ? Character.digit(next, 16) : -1;
            digits++;
            if (digit < 0 || digits > MAX_DIGITS) {
                throw WorkerException.invalid("a chunk's size is malformed");
            }
            size = size << 4 | digit;
            next = connection.next();
        }
        if (digits == 0 || connection.next() != '\n') {
            throw WorkerException.invalid("a chunk's size is malformed");
        }
        return size;
    }

    private void expectLineEnd() throws WorkerException {
        if (connection.next() != '\r' || connection.next() != '\n') {
            throw WorkerException.invalid("a chunk's end is malformed");
        }
    }
}
