package dev.microsandbox.mcp.bench.sessions;

import dev.microsandbox.mcp.bench.measure.Samples;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * The result of {@link SessionsBench}.
 *
 * @param machine the machine that ran the guests, in words
 * @param notes what a reader must know about the measurement, in whole sentences
 * @param rows the measured properties
 * @param leftOut rows that could not be measured
 */
public record SessionsReport(
        String machine, List<String> notes, List<Row> rows, List<LeftOut> leftOut) {

    public SessionsReport {
        notes = List.copyOf(notes);
        rows = List.copyOf(rows);
        leftOut = List.copyOf(leftOut);
    }

    /**
     * One measured property.
     *
     * @param remark our goal or another remark; may be empty
     * @param subjects the measurements of each subject, ours first
     */
    record Row(String name, String unit, String remark, List<Samples> subjects) {

        Row {
            subjects = List.copyOf(subjects);
        }

        /** A row with only our measurements. */
        static Row ours(String name, String unit, String remark, List<Double> values) {
            return new Row(name, unit, remark, List.of(new Samples(SessionsBench.CLONE, values)));
        }
    }

    /** A row that could not be measured. */
    record LeftOut(SessionsRow row, String reason) {}

    /** A table for people. */
    public String table() {
        StringBuilder table = new StringBuilder(machine).append('\n');
        for (String note : notes) {
            table.append(note).append('\n');
        }
        table.append(
                String.format(
                        Locale.ROOT,
                        "%-40s %-14s %4s %9s %9s %9s  %s%n",
                        "",
                        "of",
                        "runs",
                        "median",
                        "least",
                        "most",
                        "goal, or remark"));
        for (Row row : rows) {
            String name = row.unit().isEmpty() ? row.name() : row.name() + ", " + row.unit();
            String remark = row.remark();
            for (Samples samples : row.subjects()) {
                table.append(
                        String.format(
                                        Locale.ROOT,
                                        "%-40s %-14s %4d %9.2f %9.2f %9.2f  %s",
                                        name,
                                        samples.subject(),
                                        samples.values().size(),
                                        samples.median(),
                                        samples.least(),
                                        samples.most(),
                                        remark)
                                .stripTrailing());
                table.append('\n');
                name = "";
                remark = "";
            }
        }
        for (LeftOut one : leftOut) {
            table.append(one.row().key()).append(" is left out: ").append(one.reason());
            table.append('\n');
        }
        return table.toString();
    }

    /** One JSON object for programs. */
    public String json() {
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("bench", "sessions");
        report.put("machine", machine);
        report.put("notes", notes);
        report.put("rows", rows.stream().map(SessionsReport::object).toList());
        report.put(
                "left_out",
                leftOut.stream()
                        .map(one -> Map.of("row", one.row().key(), "reason", one.reason()))
                        .toList());
        return JsonMapper.shared().writeValueAsString(report);
    }

    private static Map<String, Object> object(Row row) {
        List<Map<String, Object>> subjects = new ArrayList<>();
        for (Samples samples : row.subjects()) {
            Map<String, Object> subject = new LinkedHashMap<>();
            subject.put("name", samples.subject());
            subject.put("runs", samples.values().size());
            subject.put("median", samples.median());
            subject.put("least", samples.least());
            subject.put("most", samples.most());
            subjects.add(subject);
        }
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("name", row.name());
        object.put("unit", row.unit());
        if (!row.remark().isEmpty()) {
            object.put("remark", row.remark());
        }
        object.put("subjects", subjects);
        return object;
    }
}
