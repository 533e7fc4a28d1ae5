package dev.microsandbox.mcp.session.computer;

import java.util.Optional;

/**
 * Which calls a restore has overtaken: each restore has a number, and a call notes at its arrival
 * how many have begun. Thread-safe.
 */
final class RestoreEpoch {

    private long begun;
    private long done;
    private String to = "";

    /** How many have begun. */
    synchronized long begun() {
        return begun;
    }

    /** Its number. */
    synchronized long begin() {
        return ++begun;
    }

    /**
     * A restore has succeeded.
     *
     * @param checkpoint to which, for people
     */
    synchronized void done(long number, String checkpoint) {
        done = number;
        to = checkpoint;
    }

    /** To which checkpoint the computer was put back since a call arrived, if it was. */
    synchronized Optional<String> since(long arrived) {
        return done > arrived ? Optional.of(to) : Optional.empty();
    }
}
