package dev.microsandbox.mcp.session.disk;

import java.time.Instant;
import java.util.List;

/**
 * A saved state of a computer.
 *
 * @param id {@code c1}, {@code c2}, …
 * @param label the name that the client gave it; may be empty
 * @param computer the id of the computer that was saved; empty for the session's own
 * @param made when the checkpoint was made
 * @param bytes its size on disk, in bytes
 * @param lineage the ids of the machines that led to it; the last is the machine that was saved. A
 *     machine can be restored in place to checkpoints of itself and of its ancestors
 */
public record Checkpoint(
        String id, String label, String computer, Instant made, long bytes, List<String> lineage) {

    public Checkpoint {
        lineage = List.copyOf(lineage);
    }

    /** The id, and the label if there is one, for people. */
    public String inWords() {
        return label.isEmpty() ? id : "%s (%s)".formatted(id, label);
    }

    /** The id of the machine that was saved. */
    public String machine() {
        return lineage.getLast();
    }
}
