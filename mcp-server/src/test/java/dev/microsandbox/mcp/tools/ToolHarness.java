package dev.microsandbox.mcp.tools;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.session.FakeFactory;
import dev.microsandbox.mcp.session.FakeSandbox;
import dev.microsandbox.mcp.session.SandboxSessions;
import dev.microsandbox.mcp.session.computer.SessionClock;
import dev.microsandbox.mcp.session.limits.CheckpointLimits;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.RunLimits;
import dev.microsandbox.mcp.session.limits.SandboxLimits;
import dev.microsandbox.mcp.session.limits.Terms;
import dev.microsandbox.mcp.tools.definition.Tool;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Calls tools as a client would, with sandboxes in memory. Every result is checked against its
 * tool's output schema.
 */
public final class ToolHarness implements AutoCloseable {

    public static final Duration PROGRESS_INTERVAL = Duration.ofMillis(50);

    /** Maximum number of characters of a result that is checked. */
    private static final int MAX_CHECKED = 1 << 20;

    public final FakeFactory factory = new FakeFactory();
    public final List<String> progress = Collections.synchronizedList(new ArrayList<>());
    private volatile Terms terms = Terms.DEFAULT.withCheckpoints(new CheckpointLimits(3, 1000));
    private final SandboxSessions sessions =
            new SandboxSessions(
                    factory,
                    _ -> terms,
                    new SandboxLimits(4, 8L << 30),
                    PoolLimits.NONE,
                    directory(),
                    SessionClock.SYSTEM);

    private static Path directory() {
        try {
            return Files.createTempDirectory(Path.of("target"), "sessions");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A harness whose session already has its sandbox. */
    public static ToolHarness started() {
        ToolHarness harness = new ToolHarness();
        harness.call("session_info", Map.of());
        return harness;
    }

    /** Changes what holds for the session's namespace. */
    public void setRuns(RunLimits runs) {
        terms = terms.withRuns(runs);
    }

    public FakeSandbox sandbox() {
        return factory.last();
    }

    /** Calls a tool with arguments that are given as names and values in turn. */
    public CallToolResult call(String tool, Object... arguments) {
        Map<String, Object> map = new HashMap<>();
        for (int i = 0; i < arguments.length; i += 2) {
            map.put((String) arguments[i], arguments[i + 1]);
        }
        return call(tool, map);
    }

    public CallToolResult call(String tool, Map<String, Object> arguments) {
        Tool found =
                ToolCatalogue.tools(Duration.ofSeconds(30)).stream()
                        .filter(t -> t.definition().name().equals(tool))
                        .findFirst()
                        .orElseThrow();
        CallToolResult result =
                new ToolHandler(found, sessions, PROGRESS_INTERVAL).handle(new Client(), arguments);
        if (!Boolean.TRUE.equals(result.isError()) && text(result).length() <= MAX_CHECKED) {
            checkFits(found, result);
        }
        return result;
    }

    /** The result as a client sees it: after serialization to JSON and back. */
    private static void checkFits(Tool tool, CallToolResult result) {
        McpJsonMapper json = McpJsonDefaults.getMapper();
        try {
            Object received =
                    json.readValue(json.writeValueAsString(structured(result)), Map.class);
            var validation =
                    McpJsonDefaults.getSchemaValidator()
                            .validate(tool.fullDefinition().toTool().outputSchema(), received);
            assertThat(validation.valid())
                    .as(tool.definition().name() + ": " + validation.errorMessage())
                    .isTrue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All text of a result, its items one after another. */
    public static String text(CallToolResult result) {
        StringBuilder text = new StringBuilder();
        for (McpSchema.Content content : result.content()) {
            if (content instanceof McpSchema.TextContent item) {
                text.append(item.text());
            }
        }
        return text.toString();
    }

    @SuppressWarnings("unchecked")
    public static Map<String, Object> structured(CallToolResult result) {
        return (Map<String, Object>) Objects.requireNonNull(result.structuredContent());
    }

    @Override
    public void close() {
        sessions.close();
    }

    private final class Client implements ToolCaller {

        @Override
        public String sessionId() {
            return "session";
        }

        @Override
        public String namespace() {
            return "default";
        }

        @Override
        public boolean wantsProgress() {
            return true;
        }

        @Override
        public void progress(double seconds, String message) {
            progress.add(message);
        }

        @Override
        public void log(String message) {
            progress.add("log: " + message);
        }
    }
}
