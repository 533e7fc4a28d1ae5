package dev.microsandbox.mcp.bench.sessions;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The measurements of {@link SessionsBench}. Each can be selected separately. */
public enum SessionsRow {
    /** Time from the request for a sandbox to the result of its first code. */
    FIRST_ANSWER("first-answer"),
    /** Time to make a clone, step by step. */
    CLONE("clone"),
    /** Time to restore a sandbox, step by step. */
    ROLLBACK("rollback"),
    /** Memory of an idle clone. */
    MEMORY("memory"),
    /** Checkpoint and restore, depending on how much memory was written. */
    CHECKPOINT("checkpoint"),
    /** Clones per second. */
    RATE("rate"),
    /** Number of idle clones that fit. */
    IDLE("idle");

    private final String key;

    SessionsRow(String key) {
        this.key = key;
    }

    /** The name on the command line and in the report. */
    public String key() {
        return key;
    }

    /** All names, for people. */
    public static String keys() {
        return Arrays.stream(values()).map(SessionsRow::key).collect(Collectors.joining(", "));
    }

    /**
     * Parses a comma-separated list of names.
     *
     * @return empty if one of the names is unknown
     */
    public static Optional<Set<SessionsRow>> parse(String list) {
        Set<SessionsRow> rows = EnumSet.noneOf(SessionsRow.class);
        for (String name : List.of(list.split(",", -1))) {
            Optional<SessionsRow> row =
                    Arrays.stream(values()).filter(one -> one.key.equals(name.strip())).findFirst();
            if (row.isEmpty()) {
                return Optional.empty();
            }
            rows.add(row.get());
        }
        return Optional.of(rows);
    }
}
