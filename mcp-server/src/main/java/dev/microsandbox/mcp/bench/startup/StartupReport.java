package dev.microsandbox.mcp.bench.startup;

import dev.microsandbox.mcp.bench.measure.Samples;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * The result of {@link StartupBench}.
 *
 * @param ours start-up times of this product, in milliseconds
 * @param peer start-up times of the peer, in milliseconds
 */
public record StartupReport(Samples ours, Samples peer) {

    /** Our median divided by the peer's. */
    public double ratio() {
        return ours.median() / peer.median();
    }

    /** A table for people. */
    public String table() {
        StringBuilder table =
                new StringBuilder(
                        String.format(
                                Locale.ROOT,
                                "%-26s %6s %10s %10s %10s%n",
                                "start to initialize, ms",
                                "runs",
                                "median",
                                "least",
                                "most"));
        for (Samples samples : List.of(ours, peer)) {
            table.append(
                    String.format(
                            Locale.ROOT,
                            "%-26s %6d %10.0f %10.0f %10.0f%n",
                            samples.subject(),
                            samples.values().size(),
                            samples.median(),
                            samples.least(),
                            samples.most()));
        }
        return table.append(String.format(Locale.ROOT, "ratio of medians %.2f%n", ratio()))
                .toString();
    }

    /** One JSON object for programs. */
    public String json() {
        return JsonMapper.shared()
                .writeValueAsString(
                        Map.of(
                                "bench",
                                "startup",
                                "unit",
                                "ms",
                                "ratio",
                                ratio(),
                                "subjects",
                                List.of(object(ours), object(peer))));
    }

    private static Map<String, Object> object(Samples samples) {
        return Map.of(
                "name",
                samples.subject(),
                "runs",
                samples.values().size(),
                "median",
                samples.median(),
                "least",
                samples.least(),
                "most",
                samples.most());
    }
}
