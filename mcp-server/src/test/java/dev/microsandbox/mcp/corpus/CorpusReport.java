package dev.microsandbox.mcp.corpus;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The results of a corpus as a table. */
final class CorpusReport {

    /**
     * @param failure why the problem failed; empty if it passed
     */
    record Row(String problem, Duration took, String failure) {}

    private final Corpus corpus;
    private final List<Row> rows = new ArrayList<>();

    CorpusReport(Corpus corpus) {
        this.corpus = corpus;
    }

    void add(Row row) {
        rows.add(row);
    }

    /** Problems that failed and are not known to be faulty. */
    List<Row> failures() {
        return rows.stream()
                .filter(row -> !row.failure().isEmpty())
                .filter(row -> !corpus.faulty().containsKey(row.problem()))
                .toList();
    }

    String text() {
        List<Row> slowest =
                rows.stream().sorted((a, b) -> b.took().compareTo(a.took())).limit(3).toList();
        long passed = rows.stream().filter(row -> row.failure().isEmpty()).count();
        StringBuilder text = new StringBuilder();
        text.append("%n%-26s %8d%n".formatted(corpus.name(), rows.size()));
        text.append("%-26s %8d%n".formatted("  passed", passed));
        text.append("%-26s %8d%n".formatted("  failed", failures().size()));
        text.append("%-26s %8d%n".formatted("  faulty in the corpus", corpus.faulty().size()));
        text.append(
                "%-26s %8.1f s%n"
                        .formatted("  time, all calls", rows.stream().mapToDouble(this::s).sum()));
        for (Row row : slowest) {
            text.append("%-26s %8.1f s%n".formatted("  slow: " + row.problem(), s(row)));
        }
        corpus.faulty()
                .forEach((name, why) -> text.append("  faulty: %s: %s%n".formatted(name, why)));
        for (Row row : failures()) {
            text.append("  FAILED %s: %s%n".formatted(row.problem(), row.failure()));
        }
        return text.toString();
    }

    private double s(Row row) {
        return row.took().toMillis() / 1000.0;
    }
}
