package dev.microsandbox.mcp.session.disk;

import dev.microsandbox.mcp.text.FaultLine;
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

/** Removes files that ended processes have left behind and that no session can be resumed from. */
public final class Leftovers {

    private static final Logger log = LoggerFactory.getLogger(Leftovers.class);

    private Leftovers() {}

    /**
     * Removes the directories of sessions that are gone. From the directories of kept sessions,
     * removes files that were being written when their process ended.
     */
    public static void remove(Path sessions, Instant now) {
        for (Path directory : in(sessions)) {
            try {
                Optional<SessionFile> _ =
                        DirectoryLock.ifFree(directory, Duration.ZERO, () -> clean(directory, now));
            } catch (IOException e) {
                log.warn("Left-over files in {} cannot be removed: {}", directory, FaultLine.of(e));
            }
        }
    }

    /** Cleans one directory. Returns the kept session in it; empty if the directory was removed. */
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
     * Removes files that a session's record does not name: forks that were being made, machines
     * that were being suspended or have been woken, and incomplete checkpoints.
     */
    static void prune(Path directory, SessionFile session) {
        List<Path> suspended =
                session.suspended().stream()
                        .map(each -> SessionDirectory.suspendedState(directory, each.computer()))
                        .toList();
        PrivateFiles.discard(directory.resolve(SessionDirectory.FORKS));
        discard(directory.resolve(SessionDirectory.SUSPENDED), state -> !suspended.contains(state));
        discard(
                directory.resolve(SessionDirectory.CHECKPOINTS),
                place -> !CheckpointFile.isIn(place));
        discard(directory, Leftovers::isAside);
        sweep(directory);
    }

    /** Whether this is a temporary file that an earlier release was writing when it ended. */
    private static boolean isAside(Path file) {
        return file.getFileName().toString().startsWith("new");
    }

    private static void sweep(Path directory) {
        try {
            DurableFiles.sweep(directory);
        } catch (IOException e) {
            log.warn("Left-over files in {} cannot be removed: {}", directory, FaultLine.of(e));
        }
    }

    private static void discard(Path directory, Predicate<Path> which) {
        in(directory).stream().filter(which).forEach(PrivateFiles::discard);
    }

    /** What is in a directory; nothing if it is missing. */
    static List<Path> in(Path directory) {
        try (var all = Files.list(directory)) {
            return all.toList();
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (IOException e) {
            log.warn("Left-over files in {} cannot be removed: {}", directory, FaultLine.of(e));
            return List.of();
        }
    }

    /**
     * Removes a session's directory. The record goes first, so that a partly removed session is
     * never offered. The lock goes last: without it, no process would recognize the rest as left
     * over.
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
