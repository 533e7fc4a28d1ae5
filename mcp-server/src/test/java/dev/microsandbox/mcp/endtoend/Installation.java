package dev.microsandbox.mcp.endtoend;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The packaged program with its own home directory, which shares the user's cache of guest images.
 *
 * @param home the directory of keys and configuration, empty at first
 * @param more additional environment variables
 */
public record Installation(Path home, Map<String, String> more) {

    private static final Path TARGET = Path.of("target").toAbsolutePath();

    /** A running {@code msb serve}. */
    public record Server(Process process, int port) implements AutoCloseable {

        public String url(String path) {
            return "http://127.0.0.1:" + port + path;
        }

        @Override
        public void close() {
            process.destroy();
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    public static Installation in(Path home) throws IOException {
        String configured = System.getenv("MICROSANDBOX_HOME");
        Path users =
                configured == null
                        ? Path.of(System.getProperty("user.home"), ".microsandbox")
                        : Path.of(configured);
        Path assets = users.resolve("assets");
        Files.createDirectories(assets);
        Files.createSymbolicLink(home.resolve("assets"), assets);
        return new Installation(home, Map.of());
    }

    /** The same installation with additional environment variables. */
    public Installation with(Map<String, String> environment) {
        return new Installation(home, environment);
    }

    /** The command as the launcher runs it. */
    List<String> command(String... arguments) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "--module-path",
                                TARGET.resolve("modules").toString(),
                                "--add-modules",
                                "dev.microsandbox.vmm",
                                "--enable-native-access=dev.microsandbox.vmm",
                                "-cp",
                                TARGET.resolve("microsandbox-mcp-server.jar").toString(),
                                "dev.microsandbox.mcp.cli.Main"));
        command.addAll(List.of(arguments));
        return command;
    }

    /**
     * The environment variables for starting the program. Machines run on QEMU on every host,
     * because tests can count and kill its processes. There is no pool, so that every machine
     * belongs to a session, and no template, which would have to be built first.
     */
    Map<String, String> environment() {
        return Map.of(
                "MICROSANDBOX_HOME", home.toString(),
                "MICROSANDBOX_ACCELERATOR", "qemu",
                "MICROSANDBOX_TEMPLATE_ENABLED", "false",
                "MICROSANDBOX_POOL_SIZE", "0");
    }

    ProcessBuilder process(String... arguments) {
        ProcessBuilder builder = new ProcessBuilder(command(arguments));
        builder.environment().putAll(environment());
        builder.environment().putAll(more);
        return builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    }

    /** Runs a command, which must succeed, and returns its output. */
    public String output(String... arguments) throws IOException, InterruptedException {
        Process process = process(arguments).start();
        process.getOutputStream().close();
        try (BufferedReader reader = process.inputReader()) {
            String output = reader.lines().collect(Collectors.joining("\n"));
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", arguments) + " failed: " + output);
            }
            return output;
        }
    }

    public Server serve(String... arguments) throws IOException, InterruptedException {
        return serve(ProcessBuilder.Redirect.INHERIT, arguments);
    }

    /** As {@link #serve(String...)}, with its log in a file. */
    public Server serve(ProcessBuilder.Redirect log, String... arguments)
            throws IOException, InterruptedException {
        int port;
        try (ServerSocket probe = new ServerSocket(0)) {
            port = probe.getLocalPort();
        }
        List<String> all = new ArrayList<>(List.of("serve", "--port", Integer.toString(port)));
        all.addAll(List.of(arguments));
        Process process =
                process(all.toArray(String[]::new))
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(log)
                        .start();
        Server server = new Server(process, port);
        awaitHealth(server);
        return server;
    }

    /** The QEMU processes below a process. */
    public static List<ProcessHandle> machines(Process process) {
        return process.descendants()
                .filter(p -> p.info().command().orElse("").contains("qemu-system"))
                .toList();
    }

    private static void awaitHealth(Server server) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(server.url("/api/v1/health"))).build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
                    System.nanoTime() < end; ) {
                try {
                    if (client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode()
                            == 200) {
                        return;
                    }
                } catch (IOException e) {
                    if (!server.process().isAlive()) {
                        throw new IOException("the server did not start", e);
                    }
                }
                Thread.sleep(50);
            }
        }
        server.close();
        throw new IOException("the server was not healthy in time");
    }
}
