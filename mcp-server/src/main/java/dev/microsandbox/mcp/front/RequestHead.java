package dev.microsandbox.mcp.front;

import dev.microsandbox.mcp.transport.Caller;
import dev.microsandbox.mcp.transport.McpHeaders;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.http.Status;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The head of a request to a worker.
 *
 * <p>A list says what of the client's head passes. What a worker does not need could be a secret:
 * the key, a cookie, or what a reverse proxy in front of the server adds about the user. A worker
 * that a guest has taken over would use it elsewhere.
 *
 * @param bytes what is sent
 * @param body how the body follows
 * @param length the body's length in bytes where its framing is {@link Framing#LENGTH}, else 0
 */
record RequestHead(byte[] bytes, Framing body, long length) {

    static final int MAX_BYTES = 32 << 10;

    private static final Set<String> PASSED = Set.of("accept", "content-type", "last-event-id");

    private static final String MCP_PREFIX = "mcp-";

    /** How the end of a body is told. */
    enum Framing {
        NONE,
        LENGTH,
        CHUNKED
    }

    /** A request that is refused before it reaches a worker. The message is for the client. */
    static final class RefusedException extends Exception {

        private static final long serialVersionUID = 1L;

        private final transient Status status;

        RefusedException(Status status, String message) {
            super(message);
            this.status = status;
        }

        Status status() {
            return status;
        }

        /** Never null. */
        @Override
        public String getMessage() {
            return String.valueOf(super.getMessage());
        }
    }

    /**
     * What a request is for.
     *
     * @param method one that the path supports
     * @param path one of MCP's
     * @param query as the client sent it; empty if there is none
     */
    record Target(String method, String path, String query) {

        boolean mayHaveBody() {
            return method.equals("POST");
        }
    }

    /**
     * Writes a head.
     *
     * @param headers the client's
     * @param peer the client's address
     * @param held whether the front keeps the stream that is asked for open by itself
     * @throws RefusedException if two readers could understand the request differently
     */
    static RequestHead of(Target target, Headers headers, Caller caller, String peer, boolean held)
            throws RefusedException {
        StringBuilder text = new StringBuilder(512);
        text.append(target.method()).append(' ').append(target.path());
        if (!target.query().isEmpty()) {
            if (!FieldText.isVisible(target.query()) || target.query().indexOf('#') >= 0) {
                throw malformed("the query has characters that must be escaped");
            }
            text.append('?').append(target.query());
        }
        text.append(" HTTP/1.1\r\n");
        add(text, "Host", "localhost");
        add(text, McpHeaders.NAMESPACE_NAME, caller.namespace());
        if (caller.keyId() != null) {
            add(text, McpHeaders.KEY_NAME, caller.keyId());
        }
        add(text, McpHeaders.PEER_NAME, peer);
        if (held) {
            add(text, McpHeaders.HELD_NAME, "1");
        }
        pass(headers, text);
        Framing body = Framing.NONE;
        OptionalLong length = OptionalLong.empty();
        if (target.mayHaveBody()) {
            boolean chunked = isChunked(headers);
            length = chunked ? length : OptionalLong.of(length(headers));
            body = chunked ? Framing.CHUNKED : Framing.LENGTH;
            add(
                    text,
                    chunked ? "Transfer-Encoding" : "Content-Length",
                    chunked ? "chunked" : Long.toString(length.getAsLong()));
        }
        text.append("\r\n");
        if (text.length() > MAX_BYTES) {
            throw new RefusedException(
                    Status.create(431, "Request Header Fields Too Large"),
                    "The request's header is too large.");
        }
        return new RequestHead(
                text.toString().getBytes(StandardCharsets.ISO_8859_1), body, length.orElse(0));
    }

    private static void add(StringBuilder text, String name, String value) {
        if (!FieldText.isToken(name) || !FieldText.isValue(value)) {
            throw new IllegalArgumentException("the field " + name + " cannot be sent");
        }
        text.append(name).append(": ").append(value).append("\r\n");
    }

    private static void pass(Headers headers, StringBuilder text) throws RefusedException {
        Set<String> ofConnection = ofConnection(headers);
        for (Header header : headers) {
            String name = header.headerName().lowerCase();
            if (!FieldText.isToken(name)) {
                throw malformed("a header's name is malformed");
            }
            boolean passes = PASSED.contains(name) || name.startsWith(MCP_PREFIX);
            for (String value : header.allValues()) {
                if (!FieldText.isValue(value)) {
                    throw malformed("a header's value has characters that it must not have");
                }
                if (passes && !ofConnection.contains(name)) {
                    add(text, header.name(), value);
                }
            }
        }
    }

    /** The headers that are for the next hop only: RFC 9110, section 7.6.1. */
    private static Set<String> ofConnection(Headers headers) {
        return headers.values(HeaderNames.CONNECTION).stream()
                .flatMap(value -> Arrays.stream(value.split(",", -1)))
                .map(name -> name.strip().toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }

    private static boolean isChunked(Headers headers) throws RefusedException {
        var codings = headers.values(HeaderNames.TRANSFER_ENCODING);
        if (codings.isEmpty()) {
            return false;
        }
        if (codings.size() > 1
                || !codings.getFirst().equalsIgnoreCase("chunked")
                || headers.contains(HeaderNames.CONTENT_LENGTH)) {
            throw malformed("send the body either with Content-Length or in chunks");
        }
        return true;
    }

    private static long length(Headers headers) throws RefusedException {
        var lengths = headers.values(HeaderNames.CONTENT_LENGTH);
        if (lengths.isEmpty()) {
            return 0;
        }
        if (lengths.size() > 1 || !lengths.getFirst().matches("[0-9]{1,18}")) {
            throw malformed("Content-Length must be one number");
        }
        return Long.parseLong(lengths.getFirst());
    }

    private static RefusedException malformed(String what) {
        return new RefusedException(
                Status.BAD_REQUEST_400, "This is no valid HTTP request: " + what + ".");
    }
}
