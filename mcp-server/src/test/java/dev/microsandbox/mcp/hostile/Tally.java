package dev.microsandbox.mcp.hostile;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts the outcomes of the snippets. Thread-safe. */
final class Tally {

    private final Map<String, Integer> counts = new TreeMap<>();
    private final List<String> incidents = new ArrayList<>();
    private final List<Double> overshoots = new ArrayList<>();
    private double worstBeyondHost = Double.NEGATIVE_INFINITY;
    private Duration longestStart = Duration.ZERO;

    synchronized void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    /** Records a violation and prints it at once. */
    synchronized void incident(String what, Snippet snippet, String details) {
        String text = "INCIDENT %s%n%s%n%s".formatted(what, snippet, details);
        incidents.add(text);
        System.out.println(text + System.lineSeparator() + "END OF INCIDENT");
    }

    /**
     * Records a call that reached its time-out.
     *
     * @param overshoot how long after the time-out its answer arrived
     * @param host how long the host made the canary wait in the meantime
     */
    synchronized void overshot(Duration overshoot, Duration host) {
        overshoots.add(overshoot.toMillis() / 1000.0);
        worstBeyondHost =
                Math.max(worstBeyondHost, (overshoot.toMillis() - host.toMillis()) / 1000.0);
    }

    /**
     * Records a call that found its interpreter ended, and how long the start of a new one took.
     */
    synchronized void started(Duration time) {
        count("interpreters started within a call");
        longestStart = time.compareTo(longestStart) > 0 ? time : longestStart;
    }

    synchronized List<String> incidents() {
        return List.copyOf(incidents);
    }

    synchronized String text() {
        StringBuilder text = new StringBuilder();
        counts.forEach((what, count) -> text.append("  %-44s %7d%n".formatted(what, count)));
        if (!overshoots.isEmpty()) {
            List<Double> sorted = new ArrayList<>(overshoots);
            Collections.sort(sorted);
            text.append(
                    "  answers after the time-out: median %.1f s, 95 %% %.1f s, most %.1f s; most beyond the canary %.1f s%n"
                            .formatted(
                                    sorted.get(sorted.size() / 2),
                                    sorted.get(sorted.size() * 95 / 100),
                                    sorted.getLast(),
                                    worstBeyondHost));
        }
        text.append(
                "  longest start of an interpreter within a call: %.1f s%n"
                        .formatted(longestStart.toMillis() / 1000.0));
        text.append("  %-44s %7d%n".formatted("INCIDENTS", incidents.size()));
        return text.toString();
    }
}
