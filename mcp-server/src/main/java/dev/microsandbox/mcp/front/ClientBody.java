package dev.microsandbox.mcp.front;

import dev.microsandbox.mcp.front.RequestHead.Framing;
import dev.microsandbox.mcp.transport.connection.Connection;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * The body of a client's request on its way to a worker, of which the front has one piece at a
 * time. The listener bounds its size and how slowly it may come.
 */
final class ClientBody {

    private static final int PIECE = 16 << 10;

    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** Room for a chunk's size and its line end before the data, and a line end after it. */
    private static final int BEFORE = 10;

    private static final int AFTER = 2;

    private final ServerRequest req;
    private final RequestHead head;

    ClientBody(ServerRequest req, RequestHead head) {
        this.req = req;
        this.head = head;
    }

    boolean isEmpty() {
        return head.body() != Framing.CHUNKED && head.length() == 0;
    }

    /**
     * Sends the whole body. If the client leaves in the middle or its body is refused, what the
     * worker has got is never complete; the caller closes the connection.
     *
     * @param patience how long the worker may take no byte
     * @throws WorkerException if the worker does not take it
     */
    void send(WorkerConnection connection, Duration patience) throws IOException {
        if (isEmpty()) {
            return;
        }
        // Each chunk comes in pieces that fit into the buffer, and the listener counts them.
        Connection.current().beforeChunks(_ -> {});
        boolean chunked = head.body() == Framing.CHUNKED;
        InputStream in = req.content().inputStream();
        int size = chunked ? PIECE : (int) Math.min(PIECE, head.length());
        byte[] piece = new byte[BEFORE + size + AFTER];
        long sent = 0;
        for (int read = in.read(piece, BEFORE, size);
                read >= 0;
                read = in.read(piece, BEFORE, size)) {
            sent += read;
            if (!chunked && sent > head.length()) {
                throw new CloseConnectionException("the body is longer than announced");
            }
            if (read > 0) {
                connection.write(chunked ? chunk(piece, read) : plain(piece, read), patience);
            }
        }
        if (chunked) {
            connection.write(ByteBuffer.wrap(LAST_CHUNK), patience);
        } else if (sent < head.length()) {
            throw new CloseConnectionException("the client left before the end of the body");
        }
    }

    private static ByteBuffer plain(byte[] piece, int size) {
        return ByteBuffer.wrap(piece, BEFORE, size);
    }

    /** Puts the size before the data, and the line end behind it. */
    private static ByteBuffer chunk(byte[] piece, int size) {
        byte[] line = (Integer.toHexString(size) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        int begin = BEFORE - line.length;
        System.arraycopy(line, 0, piece, begin, line.length);
        piece[BEFORE + size] = '\r';
        piece[BEFORE + size + 1] = '\n';
        return ByteBuffer.wrap(piece, begin, line.length + size + AFTER);
    }
}
