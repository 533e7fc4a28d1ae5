package dev.microsandbox.mcp.session.disk;

import dev.microsandbox.vmm.storage.DurableFiles;
import dev.microsandbox.vmm.storage.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What processes that are gone have left, and no session goes on with. */
public final class Leftovers {

    private static final Logger log = LoggerFactory.getLogger(Leftovers.class);

    private Leftovers() {}

    /**
     * Removes the directories of sessions that are gone, and of those that wait for a start what
     * was being written when their process ended.
     */
    public static void remove(Path sessions, Instant now) {
        for (Path directory : in(sessions)) {
            try {
                Optional<SessionFile> _ =
                        DirectoryLock.ifFree(directory, Duration.ZERO, () -> clean(directory, now));
            } catch (IOException e) {
                log.warn("{} cannot be cleaned of what is left over", directory, e);
            }
        }
    }

    /** The session that waits there and stays. */
    private static Optional<SessionFile> clean(Path directory, Instant now) throws IOException {
        Optional<SessionFile> waiting = SessionDirectory.waiting(directory, now);
        if (waiting.isPresent()) {
            prune(directory, waiting.get());
        } else {
            log.info("Removing {}: its session is gone", directory);
            delete(directory);
        }
        return waiting;
    }

    /**
     * Removes what a session's record does not name: forks that were being made, machines that were
     * falling asleep or have been woken, checkpoints that were not finished.
     */
    static void prune(Path directory, SessionFile session) {
        List<Path> asleep =
                session.sleepers().stream()
                        .map(each -> SessionDirectory.sleeper(directory, each.computer()))
                        .toList();
        PrivateFiles.discard(directory.resolve(SessionDirectory.FORKS));
        discard(directory.resolve(SessionDirectory.SUSPENDED), state -> !asleep.contains(state));
        discard(
                directory.resolve(SessionDirectory.CHECKPOINTS),
                place -> !CheckpointFile.isIn(place));
        discard(directory, Leftovers::isAside);
        sweep(directory);
    }

    /** What earlier releases were writing when they ended. */
    private static boolean isAside(Path file) {
        return file.getFileName().toString().startsWith("new");
    }

    private static void sweep(Path directory) {
        try {
            DurableFiles.sweep(directory);
        } catch (IOException e) {
            log.warn("{} cannot be cleaned of what is left over", directory, e);
        }
    }

    private static void discard(Path directory, Predicate<Path> which) {
        in(directory).stream().filter(which).forEach(PrivateFiles::discard);
    }

    private static List<Path> in(Path directory) {
        try (var all = Files.list(directory)) {
            return all.toList();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (IOException e) {
            log.warn("{} cannot be cleaned of what is left over", directory, e);
            return List.of();
        }
    }

    /**
     * Removes a session's directory. The record comes first, so that nothing is offered of which a
     * part is gone; the lock comes last: without it, nobody would see that the rest is left over.
     */
    static void delete(Path directory) throws IOException {
        SessionDirectory.removeRecord(directory);
        for (Path part : in(directory)) {
            if (!part.endsWith(DirectoryLock.NAME)) {
                FileTree.delete(part);
            }
        }
        FileTree.delete(directory);
    }
}
