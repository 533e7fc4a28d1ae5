package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.auth.IssuedKey;
import dev.microsandbox.mcp.node.NodePackages;
import dev.microsandbox.mcp.node.NodePackages.Output;
import dev.microsandbox.mcp.transport.stdio.StdioTransport;
import io.modelcontextprotocol.json.McpJsonDefaults;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The TypeScript SDK's client against all three transports. */
@Timeout(300)
class NodeClientIT {

    private static final List<Object> CALLS =
            List.of(
                    Map.of("list", true),
                    Map.of("tool", "echo", "arguments", Map.of("text", "héllo ✓")),
                    Map.of("tool", "wait", "cancelAfterMs", 500),
                    Map.of(
                            "parallel",
                            List.of(
                                    Map.of("tool", "echo", "arguments", Map.of("text", "one")),
                                    Map.of("tool", "echo", "arguments", Map.of("text", "two")))),
                    Map.of("tool", "no-such"));

    @TempDir Path home;

    /** Serves the test's tools on standard input and output. */
    static final class StdioMain {

        private StdioMain() {}

        public static void main(String[] args) throws IOException {
            StdioTransport transport =
                    new StdioTransport(
                            new FileInputStream(FileDescriptor.in),
                            new FileOutputStream(FileDescriptor.out),
                            McpJsonDefaults.getMapper(),
                            session -> {});
            // Output of other code must not disturb the protocol.
            System.setOut(System.err);
            new TestTools().serve(transport);
            transport.run();
        }
    }

    private JsonNode run(Map<String, Object> plan) throws Exception {
        NodePackages node = NodePackages.installed();
        Map<String, Object> whole = new HashMap<>(plan);
        whole.put("calls", CALLS);
        Path file = home.resolve("plan.json");
        Files.writeString(file, Messages.JSON.writeValueAsString(whole));
        Output output =
                node.run(
                        Duration.ofMinutes(2),
                        node.ownScript("client.mjs").toString(),
                        file.toString());
        assertThat(output.exitCode()).as(output.text()).isZero();
        return Messages.JSON.readTree(output.tail(1));
    }

    private static void assertServed(JsonNode output) {
        assertThat(output.at("/server/name").asString()).isEqualTo("test");
        assertThat(output.at("/results/0/result/tools").size()).isEqualTo(8);
        assertThat(text(output.at("/results/1"))).isEqualTo("héllo ✓");
        assertThat(output.at("/results/2/error/message").asString()).contains("cancelled");
        assertThat(text(output.at("/results/3/parallel/0"))).isEqualTo("one");
        assertThat(text(output.at("/results/3/parallel/1"))).isEqualTo("two");
        assertThat(output.at("/results/4/error/code").asInt()).isEqualTo(-32602);
    }

    private static String text(JsonNode result) {
        return result.at("/result/content/0/text").asString();
    }

    @Test
    void overStdio() throws Exception {
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        StdioMain.class.getName());
        assertServed(run(Map.of("transport", "stdio", "command", command)));
    }

    @Test
    void overStreamableHttpWithAKey() throws Exception {
        try (HttpFixture http = new HttpFixture(home, HttpFixture.settings())) {
            IssuedKey key = http.keys.create("team-a", null);
            assertServed(
                    run(
                            Map.of(
                                    "transport",
                                    "http",
                                    "url",
                                    http.uri("/mcp").toString(),
                                    "headers",
                                    Map.of("Authorization", "Bearer " + key.token()))));
            assertThat(http.tools.nextEvent()).isEqualTo("started");
            assertThat(http.tools.nextEvent()).isEqualTo("interrupted");
            assertThat(http.ended).hasSize(1);
        }
    }

    @Test
    void overSseWithAKey() throws Exception {
        try (HttpFixture http = new HttpFixture(home, HttpFixture.settings())) {
            IssuedKey key = http.keys.create("team-a", null);
            assertServed(
                    run(
                            Map.of(
                                    "transport",
                                    "sse",
                                    "url",
                                    http.uri("/sse").toString(),
                                    "headers",
                                    Map.of("X-API-Key", key.token()))));
            assertThat(http.tools.nextEvent()).isEqualTo("started");
            assertThat(http.tools.nextEvent()).isEqualTo("interrupted");
        }
    }
}
