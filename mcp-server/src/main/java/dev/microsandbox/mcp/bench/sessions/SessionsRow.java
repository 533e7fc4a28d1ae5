package dev.microsandbox.mcp.bench.sessions;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What {@link SessionsBench} can measure, each by itself. */
public enum SessionsRow {
    /** From asking for a sandbox to the answer of its first code. */
    FIRST_ANSWER("first-answer"),
    /** What making a clone takes, step by step. */
    CLONE("clone"),
    /** What putting a sandbox back takes, step by step. */
    ROLLBACK("rollback"),
    /** Memory of a clone that does nothing. */
    MEMORY("memory"),
    /** Saving and putting back, by how much was written to. */
    CHECKPOINT("checkpoint"),
    /** Clones a second. */
    RATE("rate"),
    /** How many clones there is room for. */
    IDLE("idle");

    private final String key;

    SessionsRow(String key) {
        this.key = key;
    }

    /** Its name on the command line and in a report. */
    public String key() {
        return key;
    }

    /** All names, for people. */
    public static String keys() {
        return Arrays.stream(values()).map(SessionsRow::key).collect(Collectors.joining(", "));
    }

    /**
     * Reads a list of names with commas.
     *
     * @return empty if one of them is none
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
