package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.text.ControlCharacters;
import dev.microsandbox.mcp.transport.message.JsonText;
import dev.microsandbox.mcp.transport.message.MessageFault;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.spec.McpSchema.ErrorCodes;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse.JSONRPCError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads and writes JSON-RPC 2.0 messages as MCP restricts them. Thread-safe. */
public final class JsonRpc {

    private static final int MOST_ID_TEXT = 256;

    /** The start of the range that JSON-RPC leaves to servers. */
    static final int SERVER_ERROR = -32000;

    /** The session is unknown or has ended. Other MCP servers use the same code. */
    static final int SESSION_NOT_FOUND = -32001;

    private static final String VERSION = "2.0";

    /** Longest name of a method. The longest of MCP has 36 characters. */
    private static final int MAX_METHOD = 256;

    private final McpJsonMapper json;

    public JsonRpc(McpJsonMapper json) {
        this.json = json;
    }

    McpJsonMapper mapper() {
        return json;
    }

    /**
     * The bytes are not a valid message. {@link #id} is the request's id if it could be read, else
     * null.
     */
    public static final class InvalidMessageException extends Exception {

        private static final long serialVersionUID = 1L;

        private final int code;
        private final transient @Nullable Object id;

        InvalidMessageException(int code, String message, @Nullable Object id) {
            super(message);
            this.code = code;
            this.id = id;
        }

        int code() {
            return code;
        }

        @Nullable Object id() {
            return id;
        }
    }

    /**
     * Reads one message.
     *
     * @throws InvalidMessageException if the bytes are not JSON (−32700) or the JSON is not an MCP
     *     message (−32600)
     */
    public JSONRPCMessage read(byte[] text) throws InvalidMessageException {
        Optional<JsonText.Refusal> refusal = JsonText.refusal(text);
        if (refusal.isPresent()) {
            throw new InvalidMessageException(refusal.get().code(), refusal.get().reason(), null);
        }
        Object value;
        try {
            value = json.readValue(text, Object.class);
        } catch (IOException | RuntimeException e) {
            throw new InvalidMessageException(
                    ErrorCodes.PARSE_ERROR, "This is not valid JSON: " + reason(e), null);
        }
        if (value instanceof List<?>) {
            throw invalid("JSON-RPC batches are not supported: send each message by itself.", null);
        }
        if (!(value instanceof Map<?, ?> fields)) {
            throw invalid("A JSON-RPC message must be a JSON object.", null);
        }
        Object id = fields.get("id");
        // MCP allows strings and integers only. The SDK does not accept integers longer than a long
        // either.
        boolean validId = id instanceof String || id instanceof Integer || id instanceof Long;
        Object knownId = validId ? id : null;
        if (!VERSION.equals(fields.get("jsonrpc"))) {
            throw invalid("A JSON-RPC message must say \"jsonrpc\": \"2.0\".", knownId);
        }
        if (fields.containsKey("method")) {
            return call(fields, knownId);
        }
        if (fields.containsKey("result") || fields.containsKey("error")) {
            if (knownId == null) {
                throw invalid("A response must have the id of its request.", null);
            }
            return response(fields, knownId);
        }
        throw invalid("A JSON-RPC message must have a method, a result or an error.", knownId);
    }

    private static JSONRPCMessage call(Map<?, ?> fields, @Nullable Object id)
            throws InvalidMessageException {
        if (!(fields.get("method") instanceof String method)) {
            throw invalid("The method must be a string.", id);
        }
        if (method.length() > MAX_METHOD) {
            throw new InvalidMessageException(
                    ErrorCodes.METHOD_NOT_FOUND,
                    "There is no method whose name has more than " + MAX_METHOD + " characters.",
                    id);
        }
        Object params = fields.get("params");
        if (params != null && !(params instanceof Map<?, ?>)) {
            throw invalid("The params must be an object.", id);
        }
        if (!fields.containsKey("id")) {
            return new JSONRPCNotification(method, params);
        }
        if (id == null) {
            throw invalid("A request's id must be a string or an integer.", null);
        }
        return new JSONRPCRequest(method, id, params);
    }

    private static JSONRPCMessage response(Map<?, ?> fields, Object id)
            throws InvalidMessageException {
        Object error = fields.get("error");
        Object result = fields.get("result");
        if ((error == null) == (result == null)) {
            throw invalid("A response must have either a result or an error, not null.", id);
        }
        if (result != null) {
            return JSONRPCResponse.result(id, result);
        }
        if (error instanceof Map<?, ?> details
                && details.get("code") instanceof Integer code
                && details.get("message") instanceof String message) {
            return JSONRPCResponse.error(id, new JSONRPCError(code, message, details.get("data")));
        }
        throw invalid("An error must be an object with a code and a message.", id);
    }

    /**
     * The id of a request as JSON in visible ASCII, which a header can hold.
     *
     * @return null if it is longer than a front takes
     */
    @Nullable String idText(Object id) throws IOException {
        StringBuilder text = new StringBuilder();
        for (char each : mapper().writeValueAsString(id).toCharArray()) {
            if (each >= ' ' && each < 0x7f) {
                text.append(each);
            } else {
                text.append("\\u%04x".formatted((int) each));
            }
        }
        return text.length() > MOST_ID_TEXT ? null : text.toString();
    }

    /**
     * Serializes one message without line breaks. A response that cannot be written as JSON becomes
     * an error response.
     *
     * @throws IOException if the message is not a response and cannot be written
     */
    byte[] write(JSONRPCMessage message) throws IOException {
        try {
            return json.writeValueAsBytes(message);
        } catch (IOException | RuntimeException e) {
            if (message instanceof JSONRPCResponse response) {
                MessageFault.log("writing the answer to request " + response.id(), e);
                return error(
                        response.id(),
                        ErrorCodes.INTERNAL_ERROR,
                        "The answer cannot be written as JSON.");
            }
            throw e;
        }
    }

    /**
     * Serializes an error response. A null id is written explicitly, as JSON-RPC 2.0 section 5
     * requires.
     */
    public byte[] error(@Nullable Object id, int code, String message) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", code);
        error.put("message", message);
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("jsonrpc", VERSION);
        fields.put("id", id);
        fields.put("error", error);
        try {
            return json.writeValueAsBytes(fields);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The error with which to answer a message, or what may be one, whose handling threw. */
    public byte[] error(@Nullable Object id, Throwable fault) {
        JSONRPCError error = MessageFault.error("a message", fault);
        return error(id, error.code(), String.valueOf(error.message()));
    }

    public byte[] error(InvalidMessageException e) {
        return error(e.id(), e.code(), String.valueOf(e.getMessage()));
    }

    /** The value of a field of a message's parameters; null if there is none. */
    static @Nullable Object parameter(@Nullable Object params, String name) {
        return params instanceof Map<?, ?> fields ? fields.get(name) : null;
    }

    private static InvalidMessageException invalid(String message, @Nullable Object id) {
        return new InvalidMessageException(ErrorCodes.INVALID_REQUEST, message, id);
    }

    /** The parser's message without the source excerpt that follows it. */
    private static String reason(Exception e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        String message = String.valueOf(cause.getMessage());
        int end = message.indexOf('\n');
        return ControlCharacters.escape(end < 0 ? message : message.substring(0, end), 300);
    }
}
