package dev.microsandbox.mcp.bench.vmm;

import dev.microsandbox.mcp.bench.measure.Samples;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * The result of {@link VmmBench}.
 *
 * @param machine our machine, in words
 * @param rows the measured properties
 */
public record VmmReport(String machine, List<Row> rows) {

    public VmmReport {
        rows = List.copyOf(rows);
    }

    /**
     * One property of both machines.
     *
     * @param isMoreBetter whether a higher value is better
     */
    record Row(String name, String unit, boolean isMoreBetter, Samples ours, Samples peer) {

        /** The ratio of the medians. Above 1 our machine is worse, below 1 it is better. */
        double ratio() {
            return isMoreBetter ? peer.median() / ours.median() : ours.median() / peer.median();
        }
    }

    /** A table for people. */
    public String table() {
        StringBuilder table = new StringBuilder(machine).append('\n');
        table.append(
                String.format(
                        Locale.ROOT,
                        "%-34s %10s %10s %7s  %s%n",
                        "median (least to most)",
                        "ours",
                        "qemu",
                        "ratio",
                        "spread of ours; of qemu"));
        for (Row row : rows) {
            table.append(
                    String.format(
                            Locale.ROOT,
                            "%-34s %10.2f %10.2f %7.2f  %.2f to %.2f; %.2f to %.2f%n",
                            row.name() + ", " + row.unit(),
                            row.ours().median(),
                            row.peer().median(),
                            row.ratio(),
                            row.ours().least(),
                            row.ours().most(),
                            row.peer().least(),
                            row.peer().most()));
        }
        return table.append("A ratio below 1 means that ours is better.\n").toString();
    }

    /** One JSON object for programs. */
    public String json() {
        List<Map<String, Object>> objects = new ArrayList<>();
        for (Row row : rows) {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("name", row.name());
            object.put("unit", row.unit());
            object.put("more_is_better", row.isMoreBetter());
            object.put("ratio", row.ratio());
            object.put("ours", object(row.ours()));
            object.put("qemu", object(row.peer()));
            objects.add(object);
        }
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("bench", "vmm");
        report.put("machine", machine);
        report.put("rows", objects);
        return JsonMapper.shared().writeValueAsString(report);
    }

    private static Map<String, Object> object(Samples samples) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("runs", samples.values().size());
        object.put("median", samples.median());
        object.put("least", samples.least());
        object.put("most", samples.most());
        return object;
    }
}
