package dev.microsandbox.mcp.bench;

import java.util.List;

/**
 * Durations of one subject.
 *
 * @param millis sorted, never empty
 */
record Samples(String subject, List<Double> millis) {

    Samples {
        millis = millis.stream().sorted().toList();
    }

    double median() {
        int middle = millis.size() / 2;
        return millis.size() % 2 == 1
                ? millis.get(middle)
                : (millis.get(middle - 1) + millis.get(middle)) / 2;
    }

    double least() {
        return millis.getFirst();
    }

    double most() {
        return millis.getLast();
    }
}
