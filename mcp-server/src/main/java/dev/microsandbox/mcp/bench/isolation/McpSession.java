package dev.microsandbox.mcp.bench.isolation;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;

/** A session over HTTP that uses the client of the MCP Java SDK. Thread-safe. */
final class McpSession implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private final McpSyncClient client;

    private McpSession(McpSyncClient client) {
        this.client = client;
    }

    static McpSession open(URI server) {
        McpSyncClient client =
                McpClient.sync(HttpClientStreamableHttpTransport.builder(server.toString()).build())
                        .requestTimeout(PATIENCE)
                        .jsonSchemaValidator(
                                (schema, content) ->
                                        JsonSchemaValidator.ValidationResponse.asValid(null))
                        .build();
        client.initialize();
        return new McpSession(client);
    }

    /**
     * Calls a tool and waits for its result.
     *
     * @throws IOException if the result is an error
     */
    void call(String tool, Map<String, Object> arguments) throws IOException {
        CallToolResult result =
                client.callTool(CallToolRequest.builder(tool).arguments(arguments).build());
        if (Boolean.TRUE.equals(result.isError())) {
            throw new IOException(tool + " failed: " + result.content());
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
