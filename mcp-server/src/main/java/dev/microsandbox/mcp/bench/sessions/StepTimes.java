package dev.microsandbox.mcp.bench.sessions;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What steps of ours took, in the order in which they were first added. */
final class StepTimes {

    private final Map<String, List<Double>> millis = new LinkedHashMap<>();

    void add(String step, Duration time) {
        millis.computeIfAbsent(step, _ -> new ArrayList<>()).add(time.toNanos() / 1e6);
    }

    /** A row each, of which one has a goal. */
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
