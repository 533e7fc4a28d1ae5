package dev.microsandbox.mcp.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.config.ConfigSources;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.log.LogWatch;
import dev.microsandbox.mcp.session.FakeFactory;
import dev.microsandbox.mcp.session.SandboxSessions;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.transport.HttpServer;
import dev.microsandbox.mcp.transport.HttpSettings;
import dev.microsandbox.mcp.transport.Messages;
import dev.microsandbox.mcp.transport.stdio.LineQueue;
import dev.microsandbox.mcp.transport.stdio.StdioTransport;
import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxLostException;
import io.modelcontextprotocol.json.McpJsonDefaults;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever fails on this machine, no client learns a path or a class of it, nor gets a control
 * character of a guest. The log has all of it.
 */
@Timeout(60)
class HostPathsTest {

    private static final String SECRET = "SECRETHOSTPATH";
    private static final String PATH = "/tmp/" + SECRET + "/home of 9/images/root.ext4";

    /** What QEMU and a guest's console may have written last. */
    private static final String LAST_WORDS =
            "QEMU ended with status 1: qemu-system-x86_64: -blockdev file=/srv/"
                    + SECRET
                    + "/overlay.img: Could not open '/srv/"
                    + SECRET
                    + "/overlay.img': No space left on device; console: \u001b]0;owned\u0007\u202e\u009b2J";

    @TempDir Path temporary;

    private final FakeFactory factory = new FakeFactory();

    /** Something that fails on this machine. */
    record Fault(String name, Injection injection) {

        @Override
        public String toString() {
            return name;
        }
    }

    @FunctionalInterface
    interface Injection {
        void into(FakeFactory factory, Path sessions) throws IOException;
    }

    static Stream<Fault> faults() {
        return Stream.of(
                new Fault(
                        "no image",
                        (factory, sessions) ->
                                factory.failWith(
                                        "The image cannot be read: "
                                                + new NoSuchFileException(PATH)
                                                + ". Run msb image build.")),
                new Fault("no QEMU", (factory, sessions) -> factory.failWith(LAST_WORDS)),
                running("the machine dies", () -> new SandboxLostException(LAST_WORDS)),
                running("the machine refuses", () -> new SandboxException("of " + PATH)),
                running("a file fails", () -> new UncheckedIOException(new IOException(PATH))),
                running("a fault", () -> new IllegalStateException("dev.microsandbox.X " + PATH)),
                new Fault(
                        "the disk fails as a machine is saved",
                        (factory, sessions) ->
                                factory.prepare(
                                        sandbox -> {
                                            sandbox.content.put("f", new byte[1]);
                                            var _ = sandbox.onceWritten(HostPathsTest::failSaving);
                                        })),
                new Fault(
                        "a checkpoint cannot be used",
                        (factory, sessions) ->
                                factory.prepare(
                                        sandbox -> {
                                            var _ = sandbox.onRestore(HostPathsTest::failSaving);
                                        })),
                new Fault(
                        "a file is in the place of the sessions' directory",
                        (factory, sessions) -> Files.writeString(sessions, "")));
    }

    private static Fault running(
            String name, java.util.function.Supplier<RuntimeException> failure) {
        return new Fault(
                name,
                (factory, sessions) ->
                        factory.prepare(
                                sandbox -> {
                                    var _ =
                                            sandbox.onRun(
                                                    (request, listener) -> {
                                                        sandbox.die();
                                                        throw failure.get();
                                                    });
                                    var _ =
                                            sandbox.onExec(
                                                    (request, listener) -> {
                                                        throw failure.get();
                                                    });
                                }));
    }

    private static void failSaving() {
        throw new CheckpointException(
                "The machine could not be saved as " + PATH, new IOException(PATH));
    }

    private static final List<Map.Entry<String, Map<String, Object>>> CALLS =
            List.of(
                    Map.entry("run_command", Map.of("command", "true")),
                    Map.entry("run_code", Map.of("language", "python", "code", "1")),
                    Map.entry("session_info", Map.of()),
                    Map.entry("checkpoint", Map.of()),
                    Map.entry("restore", Map.of()),
                    Map.entry("fork", Map.of()),
                    Map.entry("list_checkpoints", Map.of()),
                    Map.entry("list_files", Map.of("path", "/workspace")),
                    Map.entry("run_command", Map.of("command", "true", "computer", "f1")));

    @ParameterizedTest
    @MethodSource("faults")
    void noClientLearnsOfIt(Fault fault) throws Exception {
        Path home = Files.createDirectory(temporary.resolve(SECRET + " home"));
        ServerConfig config = ConfigSources.read(Map.of(), Map.of(), home).config();
        fault.injection().into(factory, config.sessions());
        List<String> received = new ArrayList<>();
        try (LogWatch log = new LogWatch()) {
            overStdio(config, received);
            overHttp(config, received);
            assertThat(received).anyMatch(answer -> answer.contains("\"isError\":true"));
            assertThat(log.lines).anyMatch(line -> line.contains(SECRET));
            assertThat(log.traces).isEmpty();
        }
        assertThat(received)
                .allSatisfy(
                        answer ->
                                // An escape that is shown, as a backslash and more, is text.
                                assertThat(answer.replace("\\\\u", ""))
                                        .doesNotContain(
                                                SECRET,
                                                "java.",
                                                "dev.microsandbox",
                                                "Exception",
                                                "\\u001b",
                                                "\u202e",
                                                "\u009b"));
    }

    private void overStdio(ServerConfig config, List<String> received) throws Exception {
        PipedOutputStream requests = new PipedOutputStream();
        PipedInputStream in = new PipedInputStream(requests, 1 << 16);
        LineQueue out = new LineQueue();
        try (SandboxSessions sessions = McpServers.sessions(factory, config, PoolLimits.NONE)) {
            StdioTransport transport =
                    new StdioTransport(in, out, McpJsonDefaults.getMapper(), sessions::end);
            var _ = new McpServers(sessions, config, McpJsonDefaults.getMapper()).on(transport);
            Thread server = Thread.ofPlatform().start(() -> run(transport));
            try (requests) {
                send(requests, Messages.initialize(0));
                received.add(out.messages.take().toString());
                send(requests, Messages.INITIALIZED);
                for (var call : CALLS) {
                    send(requests, Messages.call(1, call.getKey(), call.getValue()));
                    receiveAnswer(out, received);
                }
            }
            server.join();
        }
    }

    private static void run(StdioTransport transport) {
        try {
            transport.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void send(PipedOutputStream requests, String message) throws IOException {
        requests.write((message + "\n").getBytes(UTF_8));
        requests.flush();
    }

    private static void receiveAnswer(LineQueue out, List<String> received)
            throws InterruptedException {
        String message;
        do {
            message = out.messages.take().toString();
            received.add(message);
        } while (!message.contains("\"id\":1"));
    }

    private void overHttp(ServerConfig config, List<String> received) throws Exception {
        try (SandboxSessions sessions = McpServers.sessions(factory, config, PoolLimits.NONE);
                HttpServer server =
                        new HttpServer(
                                HttpSettings.of("127.0.0.1", 0).withDevelopmentMode(true),
                                new ApiKeys(config.keys()),
                                McpJsonDefaults.getMapper(),
                                sessions.lifecycle());
                HttpClient client = HttpClient.newHttpClient()) {
            McpServers servers = new McpServers(sessions, config, McpJsonDefaults.getMapper());
            var _ = servers.on(server.streamable());
            var _ = servers.on(server.sse());
            server.start();
            HttpResponse<String> opened =
                    client.send(
                            post(server)
                                    .POST(BodyPublishers.ofString(Messages.initialize(0)))
                                    .build(),
                            BodyHandlers.ofString());
            String session = opened.headers().firstValue("Mcp-Session-Id").orElseThrow();
            for (var call : CALLS) {
                String body = Messages.call(1, call.getKey(), call.getValue());
                HttpRequest request =
                        post(server)
                                .header("Mcp-Session-Id", session)
                                .POST(BodyPublishers.ofString(body))
                                .build();
                received.add(client.send(request, BodyHandlers.ofString()).body());
            }
        }
    }

    private static HttpRequest.Builder post(HttpServer server) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/mcp"))
                .header("Accept", "application/json, text/event-stream")
                .header("Content-Type", "application/json");
    }
}
