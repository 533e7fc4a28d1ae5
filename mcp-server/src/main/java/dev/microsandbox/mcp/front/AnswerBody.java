package dev.microsandbox.mcp.front;

import dev.microsandbox.mcp.front.WorkerException.Kind;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The body of a worker's answer. One thread reads it. */
interface AnswerBody {

    /**
     * Waits for the next bytes. They are valid until the next call.
     *
     * @return null at the body's end
     * @throws WorkerException if the connection ends before the body does
     */
    @Nullable ByteBuffer next() throws WorkerException;

    /** The body that follows a head on a connection. */
    static AnswerBody of(ResponseHead head, WorkerConnection connection) {
        return switch (head.framing()) {
            case NONE -> () -> null;
            case LENGTH -> new Sized(connection, head.length());
            case CHUNKED -> new ChunkedBody(connection);
            case UNTIL_CLOSE -> () -> connection.take(Long.MAX_VALUE);
        };
    }

    /** A body whose length was announced. */
    final class Sized implements AnswerBody {

        private final WorkerConnection connection;
        private long left;

        Sized(WorkerConnection connection, long length) {
            this.connection = connection;
            this.left = length;
        }

        @Override
        public @Nullable ByteBuffer next() throws WorkerException {
            if (left == 0) {
                return null;
            }
            ByteBuffer bytes = connection.take(left);
            if (bytes == null) {
                throw new WorkerException(Kind.ENDED, "the connection ended before the body");
            }
            left -= bytes.remaining();
            return bytes;
        }
    }
}
