package dev.microsandbox.mcp.transport;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Writes an {@link EventStream} to an HTTP response as server-sent events (WHATWG HTML, section
 * 9.2). Runs on the connection's thread until the stream ends or the client disconnects.
 *
 * <p>Only a write reveals that a client has disconnected, so it writes a comment while there is no
 * message.
 */
final class EventStreamResponse {

    private static final byte[] COMMENT = bytes(": ka\n\n");
    private static final byte[] MESSAGE = bytes("event: message\ndata: ");
    private static final byte[] END_OF_EVENT = bytes("\n\n");

    private final OutputStream out;
    private final Duration keepAlive;

    /**
     * Begins the response: status and headers have been sent when this returns.
     *
     * @param request the id of the request that the stream answers, as JSON; null if none. A front
     *     answers it if this process ends
     */
    EventStreamResponse(ServerResponse res, Duration keepAlive, @Nullable String request)
            throws IOException {
        if (request != null) {
            res.header(HeaderNames.create(McpHeaders.REQUEST_NAME), request);
        }
        res.header(HeaderNames.CONTENT_TYPE, "text/event-stream");
        res.header(HeaderNames.CACHE_CONTROL, "no-cache, no-transform");
        // Reverse proxies that buffer answers would hold the events back.
        res.header("X-Accel-Buffering", "no");
        this.out = res.outputStream();
        this.keepAlive = keepAlive;
        write(COMMENT);
    }

    EventStreamResponse(ServerResponse res, Duration keepAlive) throws IOException {
        this(res, keepAlive, null);
    }

    /** Writes an event of the older transport whose data is not a JSON-RPC message. */
    void event(String name, String data) throws IOException {
        write(bytes("event: " + name + "\ndata: " + data + "\n\n"));
    }

    /**
     * Writes messages until the stream is done.
     *
     * @param first a message that the caller has already taken from the stream; null if none
     * @throws IOException if the client has disconnected
     */
    void copy(EventStream stream, byte @Nullable [] first)
            throws IOException, InterruptedException {
        byte[] message = first;
        while (true) {
            if (message != null) {
                out.write(MESSAGE);
                out.write(message);
                write(END_OF_EVENT);
            } else if (stream.isDone()) {
                break;
            } else {
                write(COMMENT);
            }
            message = stream.poll(keepAlive);
        }
        out.close();
    }

    private void write(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
