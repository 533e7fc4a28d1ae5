package dev.microsandbox.mcp.conformance;

import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.life.SessionLifecycle;
import dev.microsandbox.mcp.life.SessionTimes;
import dev.microsandbox.mcp.transport.HttpServer;
import dev.microsandbox.mcp.transport.HttpSettings;
import dev.microsandbox.mcp.transport.TestHost;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * An MCP server with everything that the conformance suite asks for, on the transport that the
 * product uses. Run {@link #main} to try single scenarios by hand.
 */
public final class ConformanceServer implements AutoCloseable {

    private final SessionLifecycle lifecycle =
            new SessionLifecycle(
                    _ -> new SessionTimes(Duration.ofMinutes(15), Duration.ofHours(8)),
                    () -> Duration.ofSeconds(1),
                    new TestHost(),
                    System::nanoTime);
    private final HttpServer http;

    /**
     * Starts the server.
     *
     * @param port the port; 0 for any free port
     * @param home where API keys would be stored; the server needs none
     */
    ConformanceServer(int port, Path home) throws IOException {
        http =
                new HttpServer(
                        HttpSettings.of("127.0.0.1", port).withDevelopmentMode(true),
                        new ApiKeys(home),
                        McpJsonDefaults.getMapper(),
                        lifecycle);
        McpServer.sync(http.streamable())
                .serverInfo("conformance-fixture", "1")
                .immediateExecution(true)
                .requestTimeout(Duration.ofSeconds(30))
                .capabilities(
                        ServerCapabilities.builder()
                                .completions()
                                .logging()
                                .prompts(true)
                                .resources(true, true)
                                .tools(true)
                                .build())
                .tools(ConformanceTools.all())
                .resources(ConformanceResources.direct())
                .resourceTemplates(ConformanceResources.templates())
                .prompts(ConformancePrompts.all())
                .completions(ConformancePrompts.completions())
                .build();
        http.start();
    }

    String url() {
        return "http://localhost:" + http.port() + "/mcp";
    }

    @Override
    public void close() {
        http.close();
        lifecycle.close();
    }

    /**
     * Serves until killed.
     *
     * @param args the port; 3000 if left out
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        int port = args.length == 0 ? 3000 : Integer.parseInt(args[0]);
        try (ConformanceServer server =
                new ConformanceServer(port, Path.of(System.getProperty("java.io.tmpdir")))) {
            System.err.println(server.url());
            Thread.currentThread().join();
        }
    }
}
