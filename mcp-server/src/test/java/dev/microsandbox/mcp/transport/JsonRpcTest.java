package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.mcp.SeededCases;
import dev.microsandbox.mcp.transport.JsonRpc.InvalidMessageException;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Whatever a client sends is a message, or is refused with an error that can be sent. */
class JsonRpcTest {

    private static final JsonRpc JSON = new JsonRpc(McpJsonDefaults.getMapper());

    private static final String[] PIECES = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"jsonrpc\":\"2.0\"",
        "\"id\":",
        "1",
        "-1e999",
        "null",
        "\"a\"",
        "\"method\":\"ping\"",
        "\"params\":",
        "\"result\":",
        "\"error\":",
        "\"code\":1",
        "\"message\":\"m\"",
        "true",
        "\"\\ud800\""
    };

    @FuzzTest
    void anyBytesAreAMessageOrRefused(byte[] text) throws IOException {
        assertReadOrRefused(text);
    }

    @Test
    void messagesOfEverySort() {
        SeededCases.check(
                2000,
                values -> {
                    StringBuilder text = new StringBuilder("{\"jsonrpc\":\"2.0\",");
                    for (int left = values.between(0, 12); left > 0; left--) {
                        text.append(values.oneOf(PIECES));
                    }
                    assertReadOrRefused(
                            text.append('}').toString().getBytes(StandardCharsets.UTF_8));
                });
    }

    private static void assertReadOrRefused(byte[] text) throws IOException {
        JSONRPCMessage message;
        try {
            message = JSON.read(text);
        } catch (InvalidMessageException e) {
            assertLine(JSON.error(e));
            return;
        }
        switch (message) {
            case JSONRPCRequest request -> assertThat(request.id()).isNotNull();
            case JSONRPCResponse response -> assertThat(response.id()).isNotNull();
            default -> {
                // A notification has no id.
            }
        }
        assertLine(JSON.write(message));
    }

    private static void assertLine(byte[] line) throws IOException {
        assertThat(line).doesNotContain('\n').isNotEmpty();
        assertThat(JSON.mapper().readValue(line, Object.class)).isNotNull();
    }
}
