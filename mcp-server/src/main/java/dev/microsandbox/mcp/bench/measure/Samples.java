package dev.microsandbox.mcp.bench.measure;

import java.util.List;

/**
 * Measurements of one subject.
 *
 * @param subject what was measured
 * @param values the measurements, sorted and never empty
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

    /** The percentile by the nearest-rank method. */
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
