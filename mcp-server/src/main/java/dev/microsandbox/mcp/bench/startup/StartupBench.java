package dev.microsandbox.mcp.bench.startup;

import dev.microsandbox.mcp.bench.measure.Samples;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Measures the time from the start of a process to its answer to {@code initialize}. Compares
 * {@code msb stdio} with an MCP server on Node, alternating between the two.
 */
public final class StartupBench {

    private static final String INITIALIZE =
            """
            {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",\
            "capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}
            """;

    private StartupBench() {}

    /**
     * Runs the benchmark.
     *
     * @param launcher the {@code msb} script
     * @param directory where the peer is installed
     * @param rounds number of measured starts of each; one more start of each comes first and is
     *     not counted
     */
    public static StartupReport run(Path launcher, Path directory, int rounds)
            throws IOException, InterruptedException {
        List<String> ours = List.of(launcher.toString(), "stdio");
        List<String> peer = StartupPeer.command(directory);
        List<Double> ourMillis = new ArrayList<>();
        List<Double> peerMillis = new ArrayList<>();
        for (int round = -1; round < rounds; round++) {
            double our = millisToInitialize(ours);
            double its = millisToInitialize(peer);
            if (round >= 0) {
                ourMillis.add(our);
                peerMillis.add(its);
            }
        }
        return new StartupReport(
                new Samples("msb stdio", ourMillis),
                new Samples("node server-filesystem", peerMillis));
    }

    private static double millisToInitialize(List<String> command)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (BufferedReader answers = process.inputReader();
                OutputStream requests = process.getOutputStream()) {
            requests.write(INITIALIZE.getBytes(StandardCharsets.UTF_8));
            requests.flush();
            String answer = answers.readLine();
            double millis = (System.nanoTime() - start) / 1e6;
            if (answer == null || !answer.contains("\"serverInfo\"")) {
                throw new IOException(
                        "'" + String.join(" ", command) + "' did not answer initialize");
            }
            return millis;
        } finally {
            process.destroy();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        }
    }
}
