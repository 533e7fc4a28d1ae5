package dev.microsandbox.mcp.bench.front;

import dev.microsandbox.mcp.bench.measure.Samples;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * The result of {@link FrontBench}.
 *
 * @param sharedLatency light calls of one client, in milliseconds
 * @param frontLatency the same through a front
 * @param sharedRate light calls a second of 64 clients
 * @param frontRate the same through a front
 * @param first a namespace's first request, which starts its worker, in milliseconds
 * @param running the same request where the worker runs
 * @param frontKib resident memory of the front with idle sessions
 * @param workerKib resident memory of a worker without computers
 * @param sessions the number of idle sessions
 */
record FrontReport(
        Samples sharedLatency,
        Samples frontLatency,
        Samples sharedRate,
        Samples frontRate,
        Samples first,
        Samples running,
        long frontKib,
        long workerKib,
        int sessions) {

    private static final double MIB = 1024;

    String table() {
        StringBuilder table = new StringBuilder();
        line(table, "light call, ms", "p50", "p99", "ratio of p50");
        row(table, sharedLatency, 1);
        row(table, frontLatency, frontLatency.median() / sharedLatency.median());
        line(table, "calls a second, 64 clients", "median", "least", "ratio");
        rate(table, sharedRate, 1);
        rate(table, frontRate, frontRate.median() / sharedRate.median());
        line(table, "request to session, ms", "median", "most", "");
        for (Samples samples : List.of(running, first)) {
            table.append(
                    String.format(
                            Locale.ROOT,
                            "%-28s %10.0f %10.0f%n",
                            samples.subject(),
                            samples.median(),
                            samples.most()));
        }
        line(table, "resident memory, MiB", "", "", "");
        table.append(
                String.format(
                        Locale.ROOT,
                        "%-28s %10.0f%n%-28s %10.0f%n",
                        "front, %d idle sessions".formatted(sessions),
                        frontKib / MIB,
                        "worker, idle",
                        workerKib / MIB));
        return table.toString();
    }

    private static void line(StringBuilder table, String a, String b, String c, String d) {
        table.append(String.format(Locale.ROOT, "%-28s %10s %10s %14s%n", a, b, c, d));
    }

    private static void row(StringBuilder table, Samples samples, double ratio) {
        table.append(
                String.format(
                        Locale.ROOT,
                        "%-28s %10.2f %10.2f %14.2f%n",
                        samples.subject(),
                        samples.median(),
                        samples.percentile(99),
                        ratio));
    }

    private static void rate(StringBuilder table, Samples samples, double ratio) {
        table.append(
                String.format(
                        Locale.ROOT,
                        "%-28s %10.0f %10.0f %14.2f%n",
                        samples.subject(),
                        samples.median(),
                        samples.least(),
                        ratio));
    }

    String json() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("bench", "front");
        all.put("latency_ms", Map.of("shared", of(sharedLatency), "namespace", of(frontLatency)));
        all.put("calls_per_second", Map.of("shared", of(sharedRate), "namespace", of(frontRate)));
        all.put("to_session_ms", Map.of("running", of(running), "first", of(first)));
        all.put("front_kib", frontKib);
        all.put("worker_kib", workerKib);
        all.put("sessions", sessions);
        return JsonMapper.shared().writeValueAsString(all);
    }

    private static Map<String, Object> of(Samples samples) {
        return Map.of(
                "runs",
                samples.values().size(),
                "p50",
                samples.median(),
                "p99",
                samples.percentile(99),
                "most",
                samples.most());
    }
}
