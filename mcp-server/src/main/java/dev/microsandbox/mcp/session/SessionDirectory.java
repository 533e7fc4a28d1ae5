package dev.microsandbox.mcp.session;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a session keeps on the disk, in a directory that is made when it is first needed. It is
 * locked while its session lives: another process, and this program's next start, see by that
 * whether it is left over. Thread-safe.
 */
final class SessionDirectory {

    private static final Logger log = LoggerFactory.getLogger(SessionDirectory.class);

    private static final String LOCK = "lock";

    /** Two threads of one process must not try the same lock at a time: Java forbids it. */
    private static final Object LOCKING = new Object();

    private static final String FORKS = "forks";

    /** How long a lock is waited for: whoever looks for left-overs has it for a moment. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** Says that the session waits for the server's next start. */
    private static final String KEPT = "session";

    /** What session ids look like; another would not do as a file's name. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,128}");

    private final Path directory;
    private @Nullable FileChannel lock;
    private boolean removed;

    SessionDirectory(Path sessions, String sessionId) {
        if (!isName(sessionId)) {
            throw new IllegalArgumentException("not a session's id");
        }
        directory = sessions.resolve(sessionId);
    }

    private SessionDirectory(Path directory) {
        this.directory = directory;
    }

    /** Whether a session may have this id. */
    static boolean isName(String sessionId) {
        return NAME.matcher(sessionId).matches();
    }

    Path checkpoints() {
        return directory.resolve("checkpoints");
    }

    /**
     * A place for the state of a computer that is put to sleep; what is there is removed.
     *
     * @throws IOException as {@link #make}
     */
    Path suspended(String computer) throws IOException {
        return free("suspended", computer.isEmpty() ? "main" : computer);
    }

    /** Where the state of a computer that sleeps is. */
    Path sleeper(String computer) {
        return directory.resolve("suspended").resolve(computer.isEmpty() ? "main" : computer);
    }

    /**
     * A place for the state of a fork that is being made; what is there is removed.
     *
     * @throws IOException as {@link #make}
     */
    Path scratch(String computer) throws IOException {
        return free(FORKS, computer);
    }

    private Path free(String kind, String name) throws IOException {
        Path place = make(directory.resolve(kind)).resolve(name);
        PrivateFiles.delete(place);
        return place;
    }

    /**
     * Makes a directory in it, and it itself where it is missing.
     *
     * @throws IOException if that fails, or the session has ended
     */
    synchronized Path make(Path inside) throws IOException {
        if (removed) {
            throw new IOException("the session has ended");
        }
        if (lock == null) {
            synchronized (LOCKING) {
                lock = lock();
            }
        }
        return PrivateFiles.directory(inside);
    }

    private FileChannel lock() throws IOException {
        while (true) {
            PrivateFiles.directory(directory);
            FileChannel channel = PrivateFiles.open(directory.resolve(LOCK));
            lock(channel);
            // Another process may have removed it, as left over, before it was locked.
            if (Files.exists(directory.resolve(LOCK))) {
                return channel;
            }
            channel.close();
        }
    }

    private static void lock(FileChannel channel) throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (!locks(channel)) {
                if (System.nanoTime() > end) {
                    throw new IOException("another process uses the session's directory");
                }
                Thread.sleep(10);
            }
        } catch (InterruptedException e) {
            channel.close();
            throw new InterruptedIOException("interrupted");
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static boolean locks(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // another session of this process
        }
    }

    /**
     * Leaves it for the server's next start.
     *
     * @throws IOException if it cannot be written; it is as before
     */
    synchronized void keep(SessionFile session) throws IOException {
        make(directory);
        session.write(directory.resolve(KEPT));
        removed = true;
        if (lock != null) {
            lock.close();
        }
    }

    /**
     * Takes it over if its session waits here; from then on it does not wait any more.
     *
     * @throws IOException if that cannot be done
     */
    synchronized Optional<SessionFile> takeOver() throws IOException {
        Path file = directory.resolve(KEPT);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        make(directory);
        try {
            // Forks that were being made then have never been.
            PrivateFiles.discard(directory.resolve(FORKS));
            return Optional.of(SessionFile.read(file));
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** The session that waits here, if one does and is worth something still. */
    Optional<SessionFile> kept(Instant now) {
        try {
            return Optional.of(SessionFile.read(directory.resolve(KEPT)))
                    .filter(session -> session.until().isAfter(now));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            log.warn(
                    "The suspended session in {} cannot go on: {}. Other sessions are not concerned.",
                    directory,
                    PrivateFiles.reason(e));
            return Optional.empty();
        }
    }

    /** Removes it for good. */
    synchronized void remove() {
        removed = true;
        if (lock == null) {
            return;
        }
        try (FileChannel _ = lock) {
            delete(directory);
        } catch (IOException e) {
            log.warn("What a session kept in {} cannot be removed", directory, e);
        }
    }

    /** Removes what sessions of processes that are gone have left, unless it waits for a start. */
    static void removeLeftovers(Path sessions, Instant now) {
        if (!Files.isDirectory(sessions)) {
            return;
        }
        try (var all = Files.list(sessions)) {
            for (Path directory : all.toList()) {
                synchronized (LOCKING) {
                    removeIfLeft(directory, now);
                }
            }
        } catch (IOException e) {
            log.warn("{} cannot be cleaned of what is left over", sessions, e);
        }
    }

    private static void removeIfLeft(Path directory, Instant now) throws IOException {
        Optional<FileChannel> lock = tryLock(directory);
        if (lock.isPresent()) {
            try (FileChannel _ = lock.get()) {
                if (new SessionDirectory(directory).kept(now).isPresent()) {
                    return;
                }
                log.info("Removing {}: its session is gone", directory);
                delete(directory);
            }
        }
    }

    /** The lock comes last: without it, nobody would see that the rest is left over. */
    private static void delete(Path directory) throws IOException {
        try (var parts = Files.list(directory)) {
            for (Path part : parts.toList()) {
                if (!part.endsWith(LOCK)) {
                    PrivateFiles.delete(part);
                }
            }
        } catch (NoSuchFileException e) {
            return;
        }
        PrivateFiles.delete(directory);
    }

    @Override
    public String toString() {
        return directory.toString();
    }

    /** Empty if its session lives, or it is no session's. */
    private static Optional<FileChannel> tryLock(Path directory) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(directory.resolve(LOCK), StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        if (locks(channel)) {
            return Optional.of(channel);
        }
        channel.close();
        return Optional.empty();
    }
}
