package dev.microsandbox.mcp.bench.isolation;

import dev.microsandbox.mcp.bench.measure.Samples;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Measures how floods from some sessions slow down another session of the same server: the time of
 * small calls while seven other sessions are idle, and right after that while the same seven flood.
 */
public final class IsolationBench {

    /** The number of sandboxes: one of the light session and seven that flood. */
    public static final int SESSIONS = 8;

    private static final int FLOODING = SESSIONS - 1;

    /** How long to wait until a flood has reached its full rate. */
    private static final long SETTLING_MILLIS = 3_000;

    /** The pause between calls of the light session, which imitates a person who thinks. */
    private static final long PAUSE_MILLIS = 250;

    private IsolationBench() {}

    /**
     * Runs the benchmark.
     *
     * @param server the address of a server with room for eight sandboxes
     * @param floods the floods to measure
     * @param calls number of calls of the light session, both alone and during each flood
     * @param progress receives a line for each step
     * @throws IOException if a call fails
     */
    public static IsolationReport run(
            URI server, Set<Flood> floods, int calls, Consumer<String> progress)
            throws IOException, InterruptedException {
        List<FloodingSession> flooding = new ArrayList<>();
        List<IsolationReport.Row> rows = new ArrayList<>();
        try (McpSession light = McpSession.open(server)) {
            for (int i = 0; i < FLOODING; i++) {
                flooding.add(FloodingSession.open(server));
            }
            measure(light, calls / 4 + 1);
            for (Flood flood : floods) {
                progress.accept("Measuring beside a flood of " + flood.key());
                Samples alone = new Samples("alone", measure(light, calls));
                for (int i = 0; i < FLOODING; i++) {
                    flooding.get(i).begin(flood.ofSession(i));
                }
                Thread.sleep(SETTLING_MILLIS);
                Samples beside = new Samples("beside a flood", measure(light, calls));
                int made = 0;
                for (FloodingSession one : flooding) {
                    made += one.end();
                }
                rows.add(new IsolationReport.Row(flood, alone, beside, made));
                progress.accept(
                        "p99 beside it %.0f ms, alone %.0f ms"
                                .formatted(beside.percentile(99), alone.percentile(99)));
            }
            return new IsolationReport(rows);
        } finally {
            flooding.forEach(FloodingSession::close);
        }
    }

    private static List<Double> measure(McpSession light, int calls)
            throws IOException, InterruptedException {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            long start = System.nanoTime();
            light.call(Flood.CALLS.tool(), Flood.CALLS.arguments());
            millis.add((System.nanoTime() - start) / 1e6);
            Thread.sleep(PAUSE_MILLIS);
        }
        return millis;
    }
}
