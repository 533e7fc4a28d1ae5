package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.disk.PrivateFiles;
import dev.microsandbox.mcp.session.disk.SessionDirectory;
import java.nio.file.Path;
import java.time.Instant;

/**
 * The saved state of a suspended computer. It is needed until the sandbox that wakes from it runs.
 *
 * @param state the directory with the machine's files
 * @param since when the computer was suspended
 * @param failedWakes how often it failed to wake
 */
record SuspendedImage(Path state, Instant since, int failedWakes) {

    /**
     * Maximum number of attempts to wake the computer if the state itself is not the cause of the
     * failure.
     */
    private static final int MAX_WAKES = 3;

    SuspendedImage(Path state, Instant since) {
        this(state, since, 0);
    }

    SuspendedImage withFailedWake() {
        return new SuspendedImage(state, since, failedWakes + 1);
    }

    boolean isGivenUp() {
        return failedWakes >= MAX_WAKES;
    }

    void discard() {
        PrivateFiles.discard(state);
    }

    /** Keeps it out of the way, as {@link SessionDirectory#setAside}. */
    void setAside() {
        SessionDirectory.setAside(state);
    }
}
