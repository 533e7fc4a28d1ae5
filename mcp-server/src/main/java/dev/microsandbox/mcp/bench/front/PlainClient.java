package dev.microsandbox.mcp.bench.front;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Locale;

/**
 * A client with one connection, which costs the host as little as possible: a benchmark on the same
 * processors measures itself too.
 */
final class PlainClient implements AutoCloseable {

    private static final int MOST_HEAD = 8 << 10;

    private static final String INITIALIZE =
            """
            {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",\
            "capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}\
            """;

    private static final String PING = "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}";

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final String key;
    private String session = "";

    PlainClient(int port, String key) throws IOException {
        this.key = key;
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), MOST_HEAD);
        out = socket.getOutputStream();
    }

    /** Opens a session. */
    void initialize() throws IOException {
        post(INITIALIZE);
        if (session.isEmpty()) {
            throw new IOException("the server opened no session");
        }
    }

    /** The lightest call there is. */
    void ping() throws IOException {
        post(PING);
    }

    /** Opens the stream on which a client listens, and leaves it open. */
    void listen() throws IOException {
        send("GET", "");
        String head = head();
        if (!head.startsWith("HTTP/1.1 200")) {
            throw new IOException("no stream: " + head);
        }
    }

    private void post(String body) throws IOException {
        send("POST", body);
        String head = head();
        if (!head.startsWith("HTTP/1.1 200")) {
            throw new IOException("not answered: " + head);
        }
        String id = field(head, "mcp-session-id");
        session = id.isEmpty() ? session : id;
        String length = field(head, "content-length");
        if (length.isEmpty()) {
            throw new IOException("an answer without a length: " + head);
        }
        in.skipNBytes(Long.parseLong(length));
    }

    private void send(String method, String body) throws IOException {
        StringBuilder head =
                new StringBuilder(method)
                        .append(" /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ")
                        .append(key)
                        .append("\r\nAccept: application/json, text/event-stream\r\n");
        if (!session.isEmpty()) {
            head.append("Mcp-Session-Id: ").append(session).append("\r\n");
        }
        byte[] bytes = body.getBytes(UTF_8);
        if (bytes.length > 0) {
            head.append("Content-Type: application/json\r\nContent-Length: ")
                    .append(bytes.length)
                    .append("\r\n");
        }
        out.write((head + "\r\n" + body).getBytes(UTF_8));
        out.flush();
    }

    private String head() throws IOException {
        byte[] bytes = new byte[MOST_HEAD];
        for (int length = 0; length < MOST_HEAD; length++) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the server has closed the connection");
            }
            bytes[length] = (byte) next;
            if (length >= 3 && next == '\n' && bytes[length - 2] == '\n') {
                return new String(bytes, 0, length + 1, ISO_8859_1);
            }
        }
        throw new IOException("a head without an end");
    }

    private static String field(String head, String name) {
        for (String line : head.split("\r\n", -1)) {
            if (line.toLowerCase(Locale.ROOT).startsWith(name + ":")) {
                return line.substring(name.length() + 1).strip();
            }
        }
        return "";
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
