package dev.microsandbox.mcp.tools;

import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The client of an MCP session, reached through the SDK's exchange. */
final class ExchangeCaller implements ToolCaller {

    private final McpSyncServerExchange exchange;
    private final @Nullable Object progressToken;
    private final String namespace;
    private final Optional<String> session;

    ExchangeCaller(
            McpSyncServerExchange exchange,
            McpSchema.CallToolRequest request,
            Function<McpTransportContext, String> namespaceOf,
            Function<McpTransportContext, Optional<String>> sessionOf) {
        this.exchange = exchange;
        progressToken = request.progressToken();
        session = sessionOf.apply(exchange.transportContext());
        namespace = namespaceOf.apply(exchange.transportContext());
    }

    @Override
    public String sessionId() {
        return session.orElseGet(
                () ->
                        Objects.requireNonNull(
                                exchange.sessionId(), "the transport gave no session id"));
    }

    @Override
    public String namespace() {
        return namespace;
    }

    @Override
    public boolean wantsProgress() {
        return progressToken != null;
    }

    @Override
    public void progress(double seconds, String message) {
        if (progressToken != null) {
            exchange.progressNotification(
                    McpSchema.ProgressNotification.builder(progressToken, seconds)
                            .message(message)
                            .build());
        }
    }

    @Override
    public void log(String message) {
        exchange.loggingNotification(
                McpSchema.LoggingMessageNotification.builder(McpSchema.LoggingLevel.INFO, message)
                        .logger("microsandbox")
                        .build());
    }
}
