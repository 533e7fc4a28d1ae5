package dev.microsandbox.mcp.transport;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** JSON-RPC messages as a client writes them. */
public final class Messages {

    public static final JsonMapper JSON = JsonMapper.shared();

    public static final String INITIALIZED =
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}";

    private Messages() {}

    public static String initialize(int id) {
        return request(
                id,
                "initialize",
                Map.of(
                        "protocolVersion",
                        "2025-11-25",
                        "capabilities",
                        Map.of("elicitation", Map.of()),
                        "clientInfo",
                        Map.of("name", "test", "version", "1")));
    }

    public static String call(int id, String tool, Map<String, Object> arguments) {
        return request(
                id,
                "tools/call",
                Map.of(
                        "name",
                        tool,
                        "arguments",
                        arguments,
                        "_meta",
                        Map.of("progressToken", "p" + id)));
    }

    public static String request(int id, String method, Map<String, Object> params) {
        return JSON.writeValueAsString(
                Map.of("jsonrpc", "2.0", "id", id, "method", method, "params", params));
    }

    public static String cancel(int id) {
        return JSON.writeValueAsString(
                Map.of(
                        "jsonrpc",
                        "2.0",
                        "method",
                        "notifications/cancelled",
                        "params",
                        Map.of("requestId", id, "reason", "no longer needed")));
    }

    public static String result(String id, Map<String, Object> result) {
        return JSON.writeValueAsString(Map.of("jsonrpc", "2.0", "id", id, "result", result));
    }

    /** The text of a tool's result. */
    public static String text(JsonNode message) {
        return message.at("/result/content/0/text").asString();
    }
}
