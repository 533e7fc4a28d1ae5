package dev.microsandbox.mcp.session.disk;

import dev.microsandbox.vmm.storage.LockFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The lock of a session's directory. The session holds it as long as it lives. */
final class DirectoryLock {

    /** The name of the file that is locked. */
    static final String NAME = "lock";

    /**
     * How long to wait for a lock: a process that looks for left-over directories holds it for a
     * moment.
     */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    private DirectoryLock() {}

    /**
     * Locks a directory, and creates it if it is missing.
     *
     * @throws IOException if the directory cannot be locked, or another process holds the lock
     */
    static LockFile acquire(Path directory) throws IOException {
        // Between the two steps another process may remove the directory as left over; then try
        // again.
        for (int again = 10; ; again--) {
            Path made = PrivateFiles.createDirectory(directory);
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
     * Runs an action on a directory unless its session lives, in this process or another one.
     *
     * @param patience how long to wait for another process that holds the lock
     * @return the result of the action; also empty if the session lives, or the directory is not a
     *     session's
     */
    static <T> Optional<T> ifFree(Path directory, Duration patience, LockFile.Work<T> look)
            throws IOException {
        return LockFile.whileFree(directory.resolve(NAME), patience, look);
    }
}
