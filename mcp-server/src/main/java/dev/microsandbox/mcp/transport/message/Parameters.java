package dev.microsandbox.mcp.transport.message;

import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.ErrorCodes;
import io.modelcontextprotocol.spec.McpSchema.InitializeRequest;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Converts the parameters of a message to the SDK's types. */
public final class Parameters {

    /** Every report of progress repeats its token, so a long one would be sent again and again. */
    private static final int MAX_TOKEN = 1024;

    private Parameters() {}

    /**
     * Converts parsed JSON.
     *
     * @throws McpError with −32602 if the data is missing or does not match the type
     */
    public static <T> T convert(McpJsonMapper json, @Nullable Object data, TypeRef<T> type) {
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
        if (value instanceof InitializeRequest && !(protocolVersion(data) instanceof String)) {
            throw invalid("The parameter protocolVersion is missing.");
        }
        if (value instanceof CallToolRequest call && !isToken(call.progressToken())) {
            throw invalid(
                    "A progressToken must be an integer or a string of at most %d characters."
                            .formatted(MAX_TOKEN));
        }
        return value;
    }

    private static @Nullable Object protocolVersion(@Nullable Object data) {
        return data instanceof Map<?, ?> fields ? fields.get("protocolVersion") : null;
    }

    private static boolean isToken(@Nullable Object token) {
        return token == null
                || token instanceof Integer
                || token instanceof Long
                || (token instanceof String text && text.length() <= MAX_TOKEN);
    }

    private static McpError invalid(String message) {
        return McpError.builder(ErrorCodes.INVALID_PARAMS).message(message).build();
    }
}
