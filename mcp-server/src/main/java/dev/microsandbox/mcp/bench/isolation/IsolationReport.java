package dev.microsandbox.mcp.bench.isolation;

import dev.microsandbox.mcp.bench.measure.Samples;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** The result of {@link IsolationBench}. */
public record IsolationReport(List<Row> rows) {

    public IsolationReport {
        rows = List.copyOf(rows);
    }

    /**
     * The durations of small calls of one session, in milliseconds.
     *
     * @param flood the kind of flood
     * @param alone durations while the other sessions are idle
     * @param beside durations during the flood
     * @param floodCalls number of calls that the flooding sessions began in the meantime
     */
    record Row(Flood flood, Samples alone, Samples beside, int floodCalls) {

        double ratio(int percent) {
            return beside.percentile(percent) / alone.percentile(percent);
        }
    }

    /** A table for people. */
    public String table() {
        StringBuilder table =
                new StringBuilder(
                        String.format(
                                Locale.ROOT,
                                "%-10s %6s %10s %10s %10s %10s %9s %9s %12s%n",
                                "flood, ms",
                                "calls",
                                "p50 alone",
                                "p50 beside",
                                "p99 alone",
                                "p99 beside",
                                "p50 ratio",
                                "p99 ratio",
                                "flood calls"));
        for (Row row : rows) {
            table.append(
                    String.format(
                            Locale.ROOT,
                            "%-10s %6d %10.0f %10.0f %10.0f %10.0f %9.1f %9.1f %12d%n",
                            row.flood().key(),
                            row.beside().values().size(),
                            row.alone().percentile(50),
                            row.beside().percentile(50),
                            row.alone().percentile(99),
                            row.beside().percentile(99),
                            row.ratio(50),
                            row.ratio(99),
                            row.floodCalls()));
        }
        return table.toString();
    }

    /** One JSON object for programs. */
    public String json() {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("bench", "isolation");
        report.put("unit", "ms");
        report.put("rows", rows.stream().map(row -> object(row)).toList());
        return JsonMapper.shared().writeValueAsString(report);
    }

    private static Map<String, Object> object(Row row) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("flood", row.flood().key());
        object.put("flood_calls", row.floodCalls());
        object.put("alone", object(row.alone()));
        object.put("beside", object(row.beside()));
        object.put("p50_ratio", row.ratio(50));
        object.put("p99_ratio", row.ratio(99));
        return object;
    }

    private static Map<String, Object> object(Samples samples) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("calls", samples.values().size());
        object.put("p50", samples.percentile(50));
        object.put("p99", samples.percentile(99));
        object.put("most", samples.most());
        return object;
    }
}
