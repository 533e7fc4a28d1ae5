package dev.microsandbox.mcp.bench.sessions;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The durations of our steps, in the order in which the steps were first added. */
final class StepTimes {

    private final Map<String, List<Double>> millis = new LinkedHashMap<>();

    void add(String step, Duration time) {
        millis.computeIfAbsent(step, _ -> new ArrayList<>()).add(time.toNanos() / 1e6);
    }

    /** One row for each step. The row of the given step shows the goal as its remark. */
    List<SessionsReport.Row> rows(String step, String goal) {
        List<SessionsReport.Row> rows = new ArrayList<>();
        millis.forEach(
                (name, values) ->
                        rows.add(
                                SessionsReport.Row.ours(
                                        name, "ms", name.equals(step) ? goal : "", values)));
        return rows;
    }
}
