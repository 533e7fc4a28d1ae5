package dev.microsandbox.mcp.bench.isolation;

import dev.microsandbox.mcp.bench.measure.Samples;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What a session's floods cost another session of the same server: the time of small calls beside
 * seven sessions that do nothing, and right after that beside the same seven flooding.
 */
public final class IsolationBench {

    /** Sandboxes: that of the light session, and those that flood. */
    public static final int SESSIONS = 8;

    private static final int FLOODING = SESSIONS - 1;

    /** So that a flood is at its height. */
    private static final long SETTLING_MILLIS = 3_000;

    /** Between the calls of the light session, as somebody has who thinks. */
    private static final long PAUSE_MILLIS = 250;

    private IsolationBench() {}

    /**
     * Measures.
     *
     * @param server its address, with room for eight sandboxes
     * @param calls of the light session, alone and beside each flood
     * @param progress hears what is being done
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
