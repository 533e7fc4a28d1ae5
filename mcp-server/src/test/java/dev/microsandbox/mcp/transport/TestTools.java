package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.auth.Namespaces;
import dev.microsandbox.mcp.transport.message.CheckedJson;
import dev.microsandbox.mcp.transport.stdio.StdioTransport;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ElicitFormRequest;
import io.modelcontextprotocol.spec.McpSchema.ProgressNotification;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;

/** An MCP server with a few tools, which records what happens to them. */
public final class TestTools {

    /** The events that the tools report: "started", "interrupted", "finished". */
    public final BlockingQueue<String> events = new LinkedBlockingQueue<>();

    /** Lets the tool {@code wait} return. */
    public final CountDownLatch release = new CountDownLatch(1);

    public McpSyncServer serve(StdioTransport transport) {
        return configure(McpServer.sync(transport));
    }

    public void serve(HttpServer http) {
        configure(McpServer.sync(http.streamable()));
        configure(McpServer.sync(http.sse()));
    }

    /** Waits for the next event. */
    public String nextEvent() throws InterruptedException {
        String event = events.poll(10, TimeUnit.SECONDS);
        return event == null ? "nothing happened" : event;
    }

    private McpSyncServer configure(McpServer.SyncSpecification<?> server) {
        return server.serverInfo("test", "1")
                .jsonMapper(new CheckedJson(McpJsonDefaults.getMapper()))
                .immediateExecution(true)
                .requestTimeout(Duration.ofSeconds(10))
                .capabilities(ServerCapabilities.builder().tools(true).build())
                .tools(
                        tool("echo", TestTools::echo),
                        tool("whoami", (exchange, call) -> whoami(exchange)),
                        tool("wait", (exchange, call) -> await()),
                        tool("progress", (exchange, call) -> progress(exchange, call)),
                        tool("elicit", (exchange, call) -> elicit(exchange)),
                        tool("unwritable", (exchange, call) -> unwritable()),
                        tool("throw", (exchange, call) -> fail()),
                        tool("throw-error", (exchange, call) -> failWithError(call)))
                .build();
    }

    private static SyncToolSpecification tool(
            String name, BiFunction<McpSyncServerExchange, CallToolRequest, CallToolResult> body) {
        Map<String, Object> schema = Map.of("type", "object");
        return SyncToolSpecification.builder()
                .tool(Tool.builder(name, schema).description(name).build())
                .callHandler(body)
                .build();
    }

    private static CallToolResult echo(McpSyncServerExchange exchange, CallToolRequest call) {
        return text(String.valueOf(call.arguments().get("text")));
    }

    private static CallToolResult whoami(McpSyncServerExchange exchange) {
        String session =
                SessionContext.idOf(exchange.transportContext()).orElseGet(exchange::sessionId);
        return text(Namespaces.of(exchange.transportContext()) + " " + session);
    }

    private CallToolResult await() {
        events.add("started");
        try {
            release.await();
            events.add("finished");
            return text("finished");
        } catch (InterruptedException e) {
            events.add("interrupted");
            return text("interrupted");
        }
    }

    private CallToolResult progress(McpSyncServerExchange exchange, CallToolRequest call) {
        for (int i = 1; i <= 3; i++) {
            exchange.progressNotification(
                    ProgressNotification.builder(call.progressToken(), i).total(3.0).build());
        }
        return await();
    }

    private static CallToolResult elicit(McpSyncServerExchange exchange) {
        Map<String, Object> schema = Map.of("type", "object", "properties", Map.of());
        var answer = exchange.createElicitation(ElicitFormRequest.builder("Well?", schema).build());
        return text(String.valueOf(answer.action()));
    }

    private static CallToolResult unwritable() {
        List<Object> broken =
                new AbstractList<>() {
                    @Override
                    public Object get(int index) {
                        throw new IllegalStateException("no element");
                    }

                    @Override
                    public int size() {
                        return 1;
                    }
                };
        return CallToolResult.builder(List.of()).structuredContent(Map.of("x", broken)).build();
    }

    private static CallToolResult fail() {
        throw new IllegalStateException("a tool's own error");
    }

    private static CallToolResult failWithError(CallToolRequest call) {
        switch (String.valueOf(call.arguments().get("error"))) {
            case "stack" -> throw new StackOverflowError();
            case "assertion" -> throw new AssertionError("an assertion at /tmp/SECRET/place");
            case "linkage" -> throw new NoClassDefFoundError("dev/microsandbox/Secret");
            case "memory" -> throw new OutOfMemoryError("no memory");
            default -> throw new UncheckedIOException(new IOException("/tmp/SECRET/place"));
        }
    }

    private static CallToolResult text(String text) {
        return CallToolResult.builder(List.of(TextContent.builder(text).build())).build();
    }
}
