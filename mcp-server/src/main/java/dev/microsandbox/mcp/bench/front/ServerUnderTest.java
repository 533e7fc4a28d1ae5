package dev.microsandbox.mcp.bench.front;

import dev.microsandbox.mcp.auth.ApiKeys;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A {@code msb serve} with a home of its own and the images of the user's. It makes neither
 * templates nor ready sandboxes, which would compete with what is measured.
 */
final class ServerUnderTest implements AutoCloseable {

    private static final long START_MILLIS = 60_000;

    private final Process process;
    private final int port;
    private final ApiKeys keys;

    private ServerUnderTest(Process process, int port, ApiKeys keys) {
        this.process = process;
        this.port = port;
        this.keys = keys;
    }

    /**
     * Starts a server and waits until it listens.
     *
     * @param launcher the {@code msb} script
     * @param home an empty directory
     * @param assets the user's images
     * @param workers {@code shared} or {@code namespace}
     */
    static ServerUnderTest start(Path launcher, Path home, Path assets, String workers)
            throws IOException, InterruptedException {
        Path _ = Files.createSymbolicLink(home.resolve("assets"), assets);
        ApiKeys keys = new ApiKeys(home.resolve("namespaces/keys"));
        int port = freePort();
        File log = home.resolve("log").toFile();
        Process process =
                new ProcessBuilder(
                                launcher.toString(),
                                "serve",
                                "--home",
                                home.toString(),
                                "--port",
                                Integer.toString(port),
                                "--workers",
                                workers,
                                "--template-enabled",
                                "false",
                                "--pool-size",
                                "0")
                        .redirectErrorStream(true)
                        .redirectOutput(log)
                        .start();
        ServerUnderTest server = new ServerUnderTest(process, port, keys);
        for (long end = System.currentTimeMillis() + START_MILLIS;
                System.currentTimeMillis() < end && process.isAlive(); ) {
            if (server.listens()) {
                return server;
            }
            Thread.sleep(50);
        }
        server.close();
        throw new IOException("'msb serve' does not listen; see " + Files.readString(log.toPath()));
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0)) {
            return probe.getLocalPort();
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    int port() {
        return port;
    }

    /** A new key of a namespace. */
    String key(String namespace) throws IOException {
        return keys.create(namespace, null).token();
    }

    /** The server's own process: the front where it has workers. */
    ProcessHandle front() {
        return java("serve").getFirst();
    }

    List<ProcessHandle> workers() {
        return java("worker");
    }

    /** The Java processes that run a command of msb. */
    private List<ProcessHandle> java(String command) {
        return process.descendants()
                .filter(one -> one.info().command().orElse("").endsWith("/bin/java"))
                .filter(one -> words(one).contains("\0dev.microsandbox.mcp.cli.Main\0" + command))
                .toList();
    }

    private static String words(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                var _ = process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
