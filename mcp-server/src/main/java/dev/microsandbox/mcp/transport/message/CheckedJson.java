package dev.microsandbox.mcp.transport.message;

import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import java.io.IOException;

/**
 * The JSON mapper for a server of the SDK. The SDK's handlers convert the parameters of a message
 * with it and expect them to be right. Those that are wrong become an error for the client here,
 * instead of an exception of whatever kind. Thread-safe.
 *
 * @param json reads and writes JSON
 */
public record CheckedJson(McpJsonMapper json) implements McpJsonMapper {

    @Override
    public <T> T convertValue(Object value, TypeRef<T> type) {
        return Parameters.convert(json, value, type);
    }

    @Override
    public <T> T convertValue(Object value, Class<T> type) {
        return Parameters.convert(
                json,
                value,
                new TypeRef<T>() {
                    @Override
                    public Class<T> getType() {
                        return type;
                    }
                });
    }

    @Override
    public <T> T readValue(String content, Class<T> type) throws IOException {
        return json.readValue(content, type);
    }

    @Override
    public <T> T readValue(byte[] content, Class<T> type) throws IOException {
        return json.readValue(content, type);
    }

    @Override
    public <T> T readValue(String content, TypeRef<T> type) throws IOException {
        return json.readValue(content, type);
    }

    @Override
    public <T> T readValue(byte[] content, TypeRef<T> type) throws IOException {
        return json.readValue(content, type);
    }

    @Override
    public String writeValueAsString(Object value) throws IOException {
        return json.writeValueAsString(value);
    }

    @Override
    public byte[] writeValueAsBytes(Object value) throws IOException {
        return json.writeValueAsBytes(value);
    }
}
