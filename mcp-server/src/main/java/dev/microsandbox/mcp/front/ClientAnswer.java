package dev.microsandbox.mcp.front;

import dev.microsandbox.mcp.transport.McpHeaders;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The answer that a client gets in pieces. Each piece is sent at once. One thread uses it; unless
 * it calls {@link #end}, the client sees that the answer was cut.
 */
final class ClientAnswer {

    private static final byte[] COMMENT = ": ka\n\n".getBytes(StandardCharsets.US_ASCII);

    /** Only the front says what may be kept: a shared cache would serve other namespaces too. */
    private static final Header NOT_STORED =
            HeaderValues.create(HeaderNames.CACHE_CONTROL, "no-store");

    private static final Header NOT_CHANGED =
            HeaderValues.create(HeaderNames.CACHE_CONTROL, "no-cache, no-transform");

    /** Reverse proxies that buffer answers would hold the events back. */
    private static final Header NOT_BUFFERED = HeaderValues.create("X-Accel-Buffering", "no");

    private final OutputStream out;
    private final EventBoundary boundary = new EventBoundary();

    private ClientAnswer(OutputStream out) {
        this.out = out;
    }

    /** Sets status and headers. The answer to a browser's CORS check stays as it is. */
    static void setHead(ServerResponse res, PassedHead head) {
        res.status(Status.create(head.status()));
        head.fields().forEach(field -> res.header(HeaderNames.create(field.name()), field.value()));
        if (head.isEventStream()) {
            res.header(NOT_CHANGED);
            res.header(NOT_BUFFERED);
        } else {
            res.header(NOT_STORED);
        }
        if (head.contentType() != null) {
            res.header(HeaderNames.CONTENT_TYPE, head.contentType());
        }
    }

    /** Begins an answer whose length is not known. Its head is sent with the first bytes. */
    static ClientAnswer begin(ServerResponse res, PassedHead head) {
        setHead(res, head);
        return new ClientAnswer(res.outputStream());
    }

    /** Begins an answer of that many bytes. */
    static ClientAnswer begin(ServerResponse res, PassedHead head, long length) {
        res.header(HeaderNames.CONTENT_LENGTH, Long.toString(length));
        return begin(res, head);
    }

    /** Sends bytes. */
    void send(ByteBuffer bytes) throws IOException {
        boundary.sent(bytes);
        out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        out.flush();
    }

    /** Sends a comment, which tells whether the client is still there. */
    void sendComment() throws IOException {
        send(ByteBuffer.wrap(COMMENT));
    }

    /** Sends an event with a message of one line. */
    void sendMessage(byte[] message) throws IOException {
        out.write("event: message\ndata: ".getBytes(StandardCharsets.US_ASCII));
        out.write(message);
        out.write("\n\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    /** Whether the answer, an event stream, may be continued by somebody else. */
    boolean isBetweenEvents() {
        return boundary.isBetweenEvents();
    }

    void end() throws IOException {
        out.close();
    }

    /** The head of an event stream that the front begins by itself. */
    static PassedHead eventStream() {
        return new PassedHead(200, McpHeaders.EVENT_STREAM, List.of());
    }
}
