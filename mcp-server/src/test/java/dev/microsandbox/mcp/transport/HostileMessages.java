package dev.microsandbox.mcp.transport;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Messages that a client should not send, by name. Each stands for a kind: what the message carries
 * reaches a constructor, a converter or a writer that does not expect it.
 */
public final class HostileMessages {

    private HostileMessages() {}

    /** All of them. Most fit in 64 KiB; no one has a line break. */
    public static Map<String, byte[]> all() {
        Map<String, byte[]> all = new LinkedHashMap<>();
        ids(all);
        shapes(all);
        parameters(all);
        bytes(all);
        return all;
    }

    /** Ids that MCP allows in no request, as JSON. A server answers −32600. */
    public static String[] forbiddenIds() {
        return new String[] {
            "9223372036854775808",
            "-9223372036854775809",
            "1000000000000000000000000000000",
            "1.5",
            "1.0",
            "1e3",
            "1e999999999",
            "-1e999999999",
            "1e-999999999",
            "true",
            "null",
            "[]",
            "[1]",
            "{}",
            "{\"a\":1}",
            "1" + "0".repeat(900),
        };
    }

    private static void ids(Map<String, byte[]> all) {
        for (String id : forbiddenIds()) {
            String shown = id.length() > 40 ? id.substring(0, 40) : id;
            put(all, "a ping with id " + shown, request(id, "ping", "{}"));
            put(all, "a call with id " + shown, request(id, "tools/call", "{\"name\":\"echo\"}"));
            put(all, "initialize with id " + shown, request(id, "initialize", "{}"));
            put(all, "a result with id " + shown, response(id, "\"result\":{}"));
            put(all, "no method with id " + shown, response(id, "\"x\":1"));
        }
        for (String id :
                new String[] {"\"\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u0000\""}) {
            put(all, "a ping with id " + id, request(id, "ping", "{}"));
            put(all, "nothing with id " + id, response(id, "\"x\":1"));
            put(all, "an unknown method with id " + id, request(id, "no/such", "{}"));
        }
        put(all, "a long id", request('"' + "i".repeat(50_000) + '"', "no/such", "{}"));
        put(all, "a long number as id", request("9".repeat(20_000), "ping", "{}"));
    }

    private static void shapes(Map<String, byte[]> all) {
        put(all, "null as result", response("1", "\"result\":null"));
        put(all, "null as error", response("1", "\"error\":null"));
        put(all, "null as result and as error", response("1", "\"result\":null,\"error\":null"));
        put(
                all,
                "both a result and an error",
                response("1", "\"result\":{},\"error\":{\"code\":1,\"message\":\"m\"}"));
        for (String code : new String[] {"1e999", "1.5", "99999999999999999999", "null", "[]"}) {
            put(
                    all,
                    "an error with code " + code,
                    response("\"x\"", "\"error\":{\"code\":" + code + ",\"message\":\"m\"}"));
        }
        put(all, "an error that is a text", response("1", "\"error\":\"m\""));
        put(all, "an error without a message", response("1", "\"error\":{\"code\":1}"));
        put(all, "a result for nothing", response("\"" + "x".repeat(40_000) + '"', "\"result\":1"));
        put(all, "an empty batch", "[]");
        put(all, "a batch", "[" + request("1", "ping", "{}") + "]");
        put(all, "a batch of nothing", "[null,1,\"\"]");
        for (String method :
                new String[] {"\"\"", "null", "1", "[]", "{}", "\"\\ud800\"", "\" \""}) {
            put(
                    all,
                    "method " + method,
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":" + method + "}");
            put(all, "notification " + method, "{\"jsonrpc\":\"2.0\",\"method\":" + method + "}");
        }
        put(all, "a long method", request("1", "m".repeat(50_000), "{}"));
        put(all, "a long notification", notification("m".repeat(50_000), "{}"));
        put(
                all,
                "a method with line ends",
                request("1", "a\\r\\n2026 ERROR forged\\u001b[2J", "{}"));
        put(all, "a notification with line ends", notification("a\\r\\nb\\u001b[2J\\u2028", "{}"));
        for (String version : new String[] {"\"1.0\"", "2.0", "null", "[]"}) {
            put(
                    all,
                    "version " + version,
                    "{\"jsonrpc\":" + version + ",\"id\":1,\"method\":\"ping\"}");
        }
        put(
                all,
                "keys given twice",
                "{\"jsonrpc\":\"2.0\",\"jsonrpc\":\"2.0\",\"id\":1,\"id\":1.5,\"method\":\"ping\",\"method\":\"ping\"}");
        put(all, "two messages", request("1", "ping", "{}") + request("2", "ping", "{}"));
        put(all, "initialize again", Messages.initialize(3));
        put(all, "initialized again", Messages.INITIALIZED);
        put(all, "an array in an array in …", "[".repeat(30_000));
        put(all, "an object in an object in …", "{\"a\":".repeat(10_000));
        put(
                all,
                "parameters in parameters in …",
                request("1", "ping", "{\"a\":".repeat(990) + "1" + "}".repeat(990)));
        put(
                all,
                "arguments in arguments in …",
                call("{\"text\":" + "[".repeat(980) + "]".repeat(980) + "}"));
        put(all, "many values", request("1", "ping", "{\"a\":[" + "[],".repeat(20_000) + "1]}"));
    }

    private static void parameters(Map<String, byte[]> all) {
        String[] odd = {
            "null",
            "1",
            "1.5",
            "true",
            "\"text\"",
            "[]",
            "[1,2]",
            "{}",
            "{\"a\":{}}",
            "1e999999999",
            "9".repeat(900),
            "\"\\ud800\"",
            "\"\\u0000\""
        };
        String[] methods = {
            "ping",
            "initialize",
            "tools/list",
            "tools/call",
            "resources/list",
            "resources/read",
            "resources/subscribe",
            "prompts/list",
            "prompts/get",
            "completion/complete",
            "logging/setLevel",
            "tasks/get",
            "server/discover",
            "notifications/initialized",
            "notifications/cancelled",
            "rpc.discover"
        };
        for (String method : methods) {
            for (String params : odd) {
                put(
                        all,
                        "request " + method + " of " + brief(params),
                        request("1", method, params));
                put(
                        all,
                        "notification " + method + " of " + brief(params),
                        notification(method, params));
            }
            put(
                    all,
                    "request " + method + " without parameters",
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" + method + "\"}");
        }
        put(all, "roots have changed", notification("notifications/roots/list_changed", "{}"));
        put(
                all,
                "progress for nobody",
                notification("notifications/progress", "{\"progressToken\":[]}"));
        for (String value : odd) {
            String shown = brief(value);
            put(all, "_meta " + shown, request("1", "tools/list", "{\"_meta\":" + value + "}"));
            put(all, "cursor " + shown, request("1", "tools/list", "{\"cursor\":" + value + "}"));
            put(
                    all,
                    "level " + shown,
                    request("1", "logging/setLevel", "{\"level\":" + value + "}"));
            put(
                    all,
                    "cancelled " + shown,
                    notification("notifications/cancelled", "{\"requestId\":" + value + "}"));
            put(
                    all,
                    "cancelled because " + shown,
                    notification(
                            "notifications/cancelled",
                            "{\"requestId\":1,\"reason\":" + value + "}"));
            put(all, "tool " + shown, request("1", "tools/call", "{\"name\":" + value + "}"));
            put(all, "arguments " + shown, call(value));
            put(all, "text " + shown, call("{\"text\":" + value + "}"));
            put(
                    all,
                    "_meta of a call " + shown,
                    request(
                            "1",
                            "tools/call",
                            "{\"name\":\"echo\",\"arguments\":{},\"_meta\":" + value + "}"));
            put(
                    all,
                    "progress token " + shown,
                    request(
                            "1",
                            "tools/call",
                            "{\"name\":\"echo\",\"arguments\":{},\"_meta\":{\"progressToken\":"
                                    + value
                                    + "}}"));
            put(
                    all,
                    "protocol version " + shown,
                    request("1", "initialize", "{\"protocolVersion\":" + value + "}"));
            for (String field : new String[] {"clientInfo", "capabilities"}) {
                put(all, field + " " + shown, initialize(field, value));
            }
            put(
                    all,
                    "client name " + shown,
                    initialize("clientInfo", "{\"name\":" + value + ",\"version\":" + value + "}"));
            put(
                    all,
                    "capability " + shown,
                    initialize("capabilities", "{\"roots\":" + value + "}"));
        }
    }

    private static void bytes(Map<String, byte[]> all) {
        byte[] ping = request("1", "ping", "{}").getBytes(StandardCharsets.UTF_8);
        all.put("bytes that are no UTF-8", prefix(new byte[] {'"', (byte) 0xFF, (byte) 0xC0, '"'}));
        byte[] within = request("\"XX\"", "ping", "{}").getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < within.length; i++) {
            within[i] = within[i] == 'X' ? (byte) 0xC3 : within[i];
        }
        all.put("an id that is no UTF-8", within);
        byte[] surrogates = request("\"XXX\"", "ping", "{}").getBytes(StandardCharsets.ISO_8859_1);
        byte[] encoded = {(byte) 0xED, (byte) 0xA0, (byte) 0x80};
        for (int i = 0, next = 0; i < surrogates.length && next < 3; i++) {
            if (surrogates[i] == 'X') {
                surrogates[i] = encoded[next++];
            }
        }
        all.put("an id of an encoded surrogate", surrogates);
        all.put(
                "a byte order mark",
                prefix(new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF}, ping));
        all.put("UTF-16", request("1", "ping", "{}").getBytes(StandardCharsets.UTF_16LE));
        all.put("NULs", new byte[300]);
        all.put("NUL before a message", prefix(new byte[1], ping));
        all.put("NUL after a message", prefix(ping, new byte[1]));
        put(all, "a number of many digits", "1".repeat(60_000));
        put(all, "a large exponent", "1e" + "9".repeat(900));
        put(all, "an unfinished text", "\"" + "\\".repeat(9));
        put(all, "not JSON", "<html>");
        put(all, "a number that is none", "{\"id\":NaN}");
    }

    private static byte[] prefix(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        byte[] whole = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, whole, at, part.length);
            at += part.length;
        }
        return whole;
    }

    private static void put(Map<String, byte[]> all, String name, String message) {
        if (all.put(name, message.getBytes(StandardCharsets.UTF_8)) != null) {
            throw new AssertionError("two messages are called " + name);
        }
    }

    private static String brief(String json) {
        return json.length() > 30 ? json.substring(0, 30) + "…" : json;
    }

    private static String request(String id, String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"%s\",\"params\":%s}"
                .formatted(id, method, params);
    }

    private static String notification(String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"%s\",\"params\":%s}".formatted(method, params);
    }

    private static String response(String id, String rest) {
        return "{\"jsonrpc\":\"2.0\",\"id\":%s,%s}".formatted(id, rest);
    }

    private static String call(String arguments) {
        return request("1", "tools/call", "{\"name\":\"echo\",\"arguments\":" + arguments + "}");
    }

    private static String initialize(String field, String value) {
        String other =
                field.equals("clientInfo")
                        ? "\"capabilities\":{}"
                        : "\"clientInfo\":{\"name\":\"n\",\"version\":\"1\"}";
        return request(
                "1",
                "initialize",
                "{\"protocolVersion\":\"2025-11-25\",%s,\"%s\":%s}".formatted(other, field, value));
    }
}
