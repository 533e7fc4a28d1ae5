package dev.microsandbox.mcp.transport;

import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.life.SessionLifecycle;
import dev.microsandbox.mcp.life.SessionTimes;
import io.modelcontextprotocol.json.McpJsonDefaults;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** An HTTP server with {@link TestTools} in a process of its own, whose heap can be small. */
final class HttpServerProcess implements AutoCloseable {

    /** The keys of two namespaces. */
    final List<String> keys;

    final int port;

    private final Process process;
    private final BufferedReader answers;
    private final OutputStream questions;

    HttpServerProcess(Path home, File log, String... options) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC"));
        command.addAll(List.of(options));
        command.addAll(
                List.of(
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        home.toString()));
        process = new ProcessBuilder(command).redirectError(log).start();
        answers = process.inputReader();
        questions = process.getOutputStream();
        port = Integer.parseInt(answer());
        keys = List.of(answer(), answer());
    }

    /** The bytes of the heap that are in use after a collection. */
    long usedMemory() throws IOException {
        questions.write("memory\n".getBytes(StandardCharsets.UTF_8));
        questions.flush();
        return Long.parseLong(answer());
    }

    long pid() {
        return process.pid();
    }

    private String answer() throws IOException {
        String line = answers.readLine();
        if (line == null) {
            throw new IOException("the server has ended");
        }
        return line;
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** The process. */
    static final class Main {

        private Main() {}

        public static void main(String[] args) throws IOException {
            Path home = Path.of(args[0]);
            ApiKeys keys = new ApiKeys(home.resolve("keys"));
            SessionLifecycle lifecycle =
                    new SessionLifecycle(
                            _ -> new SessionTimes(Duration.ofMinutes(15), Duration.ofHours(8)),
                            () -> Duration.ofSeconds(1),
                            new TestHost(),
                            System::nanoTime);
            HttpServer server =
                    new HttpServer(
                            HttpSettings.of("127.0.0.1", 0),
                            keys,
                            McpJsonDefaults.getMapper(),
                            lifecycle);
            new TestTools().serve(server);
            server.start();
            System.out.println(server.port());
            System.out.println(keys.create("attacker", null).token());
            System.out.println(keys.create("other", null).token());
            BufferedReader questions =
                    new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            while (questions.readLine() != null) {
                System.gc();
                Runtime runtime = Runtime.getRuntime();
                System.out.println(runtime.totalMemory() - runtime.freeMemory());
            }
        }
    }
}
