package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.disk.PrivateFiles;
import dev.microsandbox.mcp.session.disk.SessionDirectory;
import java.nio.file.Path;
import java.time.Instant;

/**
 * A computer that sleeps, or slept until its sandbox, which wakes, runs.
 *
 * @param state the machine's files
 * @param since when it was put to sleep
 * @param failedWakes how often it did not wake
 */
record SuspendedImage(Path state, Instant since, int failedWakes) {

    /** How often it is tried to wake it, where the state itself is not to blame. */
    private static final int MOST_WAKES = 3;

    SuspendedImage(Path state, Instant since) {
        this(state, since, 0);
    }

    SuspendedImage failedOnceMore() {
        return new SuspendedImage(state, since, failedWakes + 1);
    }

    boolean isGivenUp() {
        return failedWakes >= MOST_WAKES;
    }

    void discard() {
        PrivateFiles.discard(state);
    }

    /** Keeps it out of the way, as {@link SessionDirectory#setAside}. */
    void setAside() {
        SessionDirectory.setAside(state);
    }
}
