package dev.microsandbox.mcp.bench.measure;

import java.util.List;

/**
 * Measurements of one subject.
 *
 * @param values sorted, never empty
 */
public record Samples(String subject, List<Double> values) {

    public Samples {
        values = values.stream().sorted().toList();
    }

    public double median() {
        int middle = values.size() / 2;
        return values.size() % 2 == 1
                ? values.get(middle)
                : (values.get(middle - 1) + values.get(middle)) / 2;
    }

    /** The least value that so many of a hundred do not exceed: the nearest rank. */
    public double percentile(int percent) {
        return values.get(Math.max(0, (int) Math.ceil(values.size() * percent / 100.0) - 1));
    }

    public double least() {
        return values.getFirst();
    }

    public double most() {
        return values.getLast();
    }
}
