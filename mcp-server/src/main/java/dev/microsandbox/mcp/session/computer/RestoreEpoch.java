package dev.microsandbox.mcp.session.computer;

import java.util.Optional;

/**
 * Tells which calls a restore has overtaken. Restores are numbered, and each call notes at its
 * arrival how many have begun. Thread-safe.
 */
final class RestoreEpoch {

    private long begun;
    private long done;
    private String to = "";

    /** The number of restores that have begun. */
    synchronized long begun() {
        return begun;
    }

    /** Begins a restore and returns its number. */
    synchronized long begin() {
        return ++begun;
    }

    /**
     * Records that a restore has succeeded.
     *
     * @param checkpoint the checkpoint that was restored, in words for people
     */
    synchronized void done(long number, String checkpoint) {
        done = number;
        to = checkpoint;
    }

    /**
     * The checkpoint to which the computer was restored since a call arrived; empty if it was not.
     */
    synchronized Optional<String> since(long arrived) {
        return done > arrived ? Optional.of(to) : Optional.empty();
    }
}
