package dev.microsandbox.mcp.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real {@code msb serve}, started by the launcher as the scripts start it.
 *
 * @param launcher the launcher's process
 * @param port where the server listens
 * @param log what the server and its workers write
 */
record LaunchedServer(Process launcher, int port, Path log) {

    private static final Path SCRIPTS = Path.of("src/main/launcher").toAbsolutePath();
    private static final Path LAUNCHER = Path.of("../vmm/src/main/launcher").toAbsolutePath();
    private static final Path TARGET = Path.of("target").toAbsolutePath();

    private static final String MAIN = "dev.microsandbox.mcp.cli.Main";

    /**
     * The program and the launcher in a directory of their own.
     *
     * @param base not below /tmp, where a server may write
     */
    record Program(Path base) {

        static Program in(Path base) throws IOException, InterruptedException {
            Path program = Files.createDirectory(base.resolve("program"));
            Files.copy(
                    TARGET.resolve("microsandbox-mcp-server.jar"),
                    program.resolve("microsandbox-mcp-server.jar"));
            copy(TARGET.resolve("lib"), program.resolve("lib"));
            copy(TARGET.resolve("modules"), program.resolve("modules"));
            Files.copy(SCRIPTS.resolve("jvm.options"), program.resolve("jvm.options"));
            Process make =
                    new ProcessBuilder("make", "-s", "-C", LAUNCHER.toString(), "OUT=" + base)
                            .redirectErrorStream(true)
                            .start();
            String said = new String(make.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(make.waitFor()).as(said).isZero();
            return new Program(base);
        }

        private static void copy(Path from, Path to) throws IOException {
            Files.createDirectory(to);
            try (Stream<Path> files = Files.list(from)) {
                for (Path file : files.toList()) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        }

        Path directory() {
            return base.resolve("program");
        }

        Path jar() {
            return directory().resolve("microsandbox-mcp-server.jar");
        }

        /**
         * Starts a server, whose log is added to the file {@code log}.
         *
         * @param options of {@code serve}
         */
        LaunchedServer serve(Map<String, String> environment, String... options)
                throws IOException {
            Path log = base.resolve("log");
            int port = freePort();
            String runtime = System.getProperty("java.home");
            List<String> words =
                    new ArrayList<>(
                            List.of(
                                    "/bin/sh",
                                    "-euc",
                                    "command=serve launcher=$1 runtime=$2 program=$3 installed= builder=; shift 3;"
                                            + " . \"$0\"; exec \"$@\"",
                                    SCRIPTS.resolve("confine.sh").toString(),
                                    base.resolve("msb-launch").toString(),
                                    runtime,
                                    directory().toString(),
                                    Path.of(runtime, "bin", "java").toString(),
                                    "@" + directory().resolve("jvm.options"),
                                    "--module-path",
                                    directory().resolve("modules").toString(),
                                    "-cp",
                                    jar().toString(),
                                    MAIN,
                                    "serve",
                                    "--port",
                                    Integer.toString(port)));
            words.addAll(List.of(options));
            ProcessBuilder builder = new ProcessBuilder(words);
            builder.environment().putAll(environment);
            return new LaunchedServer(
                    builder.redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                            .start(),
                    port,
                    log);
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0)) {
            return probe.getLocalPort();
        }
    }

    /** Waits until its log has a text, or it has ended. */
    void awaitLog(String text) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> !launcher.isAlive() || Files.readString(log).contains(text));
    }

    /** Waits until it answers, or fails if it has ended. */
    void awaitHealth() {
        await().atMost(Duration.ofSeconds(60))
                .until(
                        () -> {
                            assertThat(launcher.isAlive()).as(Files.readString(log)).isTrue();
                            return answers();
                        });
    }

    private boolean answers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** The server itself. */
    ProcessHandle server() {
        return launcher.children()
                .filter(child -> words(child).contains("serve"))
                .filter(child -> !words(child).contains("worker"))
                .findFirst()
                .orElseThrow();
    }

    /** The worker of a namespace. */
    ProcessHandle worker(String namespace) {
        return workers().stream()
                .filter(worker -> words(worker).endsWith("\0" + namespace + "\0"))
                .findFirst()
                .orElseThrow();
    }

    /** The processes of all workers, without their launchers. */
    List<ProcessHandle> workers() {
        return launcher.descendants()
                .filter(one -> words(one).contains("\0" + MAIN + "\0worker\0"))
                .filter(one -> !words(one).startsWith("msb-launch"))
                .toList();
    }

    private static String words(ProcessHandle process) {
        try {
            return Files.readString(
                    Path.of("/proc", Long.toString(process.pid()), "cmdline"),
                    StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    /** Stops it as a supervisor would. Returns its exit code. */
    int stop() throws InterruptedException {
        launcher.destroy();
        assertThat(launcher.waitFor(60, TimeUnit.SECONDS)).as("it ends").isTrue();
        return launcher.exitValue();
    }
}
