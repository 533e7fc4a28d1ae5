package dev.microsandbox.mcp.transport;

import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema.ErrorCodes;
import io.modelcontextprotocol.spec.McpSchema.InitializeRequest;
import org.jspecify.annotations.Nullable;

/** Converts the parameters of a message to the SDK's types. */
final class Parameters {

    private Parameters() {}

    /**
     * Converts parsed JSON.
     *
     * @throws McpError with −32602 if the data is missing or does not match the type
     */
    static <T> T convert(McpJsonMapper json, @Nullable Object data, TypeRef<T> type) {
        T value;
        try {
            value = json.convertValue(data, type);
        } catch (RuntimeException e) {
            throw invalid("The parameters do not fit the method.");
        }
        if (value == null) {
            throw invalid("The method needs parameters.");
        }
        // The SDK would supply a default version, and so talk to a client of an unknown version.
        if (value instanceof InitializeRequest
                && !(JsonRpc.parameter(data, "protocolVersion") instanceof String)) {
            throw invalid("The parameter protocolVersion is missing.");
        }
        return value;
    }

    private static McpError invalid(String message) {
        return McpError.builder(ErrorCodes.INVALID_PARAMS).message(message).build();
    }
}
