package dev.microsandbox.mcp.session.disk;

import java.time.Instant;
import java.util.List;

/**
 * A computer as it was at a moment.
 *
 * @param id {@code c1}, {@code c2}, …
 * @param label what its maker calls it; may be empty
 * @param computer the id of the computer that was saved; empty for the session's own
 * @param made when
 * @param bytes what it takes on the disk
 * @param lineage the machines that led to it, the last one the one that was saved: a machine can go
 *     back in place to checkpoints of itself and of those that it came from
 */
public record Checkpoint(
        String id, String label, String computer, Instant made, long bytes, List<String> lineage) {

    public Checkpoint {
        lineage = List.copyOf(lineage);
    }

    /** Id, and label if there is one, for people. */
    public String inWords() {
        return label.isEmpty() ? id : "%s (%s)".formatted(id, label);
    }

    /** The machine that was saved. */
    public String machine() {
        return lineage.getLast();
    }
}
