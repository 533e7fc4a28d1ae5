package dev.microsandbox.mcp.session.disk;

import dev.microsandbox.vmm.storage.LockFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The lock of a session's directory, which the session has while it lives. */
final class DirectoryLock {

    /** The file that is locked. */
    static final String NAME = "lock";

    /** How long a lock is waited for: whoever looks for left-overs has it for a moment. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private DirectoryLock() {}

    /**
     * Locks a directory, which is made where it is missing.
     *
     * @throws IOException if that cannot be done, or another has it
     */
    static LockFile take(Path directory) throws IOException {
        // Another process may remove it, as left over, between the two steps: then once more.
        for (int again = 10; ; again--) {
            Path made = PrivateFiles.directory(directory);
            try {
                return LockFile.tryExclusive(made.resolve(NAME), PATIENCE)
                        .orElseThrow(
                                () ->
                                        new IOException(
                                                "another process uses the session's directory"));
            } catch (NoSuchFileException e) {
                if (again == 0) {
                    throw e;
                }
            }
        }
    }

    /**
     * Looks into a directory unless its session lives, in this process or another one.
     *
     * @param patience how long to wait for another process that has the lock
     * @return empty too if its session lives, or it is no session's
     */
    static <T> Optional<T> ifFree(Path directory, Duration patience, LockFile.Work<T> look)
            throws IOException {
        return LockFile.whileFree(directory.resolve(NAME), patience, look);
    }
}
