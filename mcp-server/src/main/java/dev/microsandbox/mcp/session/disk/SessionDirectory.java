package dev.microsandbox.mcp.session.disk;

import dev.microsandbox.vmm.storage.DurableFiles;
import dev.microsandbox.vmm.storage.FileTree;
import dev.microsandbox.vmm.storage.LockFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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
public final class SessionDirectory {

    private static final Logger log = LoggerFactory.getLogger(SessionDirectory.class);

    static final String CHECKPOINTS = "checkpoints";
    static final String SUSPENDED = "suspended";
    static final String FORKS = "forks";

    /** States that no machine can go on from; the session's end removes them. */
    private static final String REFUSED = "refused";

    /** Says what of the session the server's next start can go on with. */
    private static final String RECORD = "session";

    /** What session ids look like; another would not do as a file's name. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,128}");

    private final Path directory;
    private @Nullable LockFile lock;
    private boolean recorded;
    private boolean closed;

    public SessionDirectory(Path sessions, String sessionId) {
        if (!isName(sessionId)) {
            throw new IllegalArgumentException("not a session's id");
        }
        directory = sessions.resolve(sessionId);
    }

    /** Whether a session may have this id. */
    public static boolean isName(String sessionId) {
        return NAME.matcher(sessionId).matches();
    }

    Path checkpoints() {
        return directory.resolve(CHECKPOINTS);
    }

    /**
     * A place for the state of a computer that is put to sleep; what is there is removed.
     *
     * @throws IOException as {@link #make}
     */
    public Path suspended(String computer) throws IOException {
        make(directory.resolve(SUSPENDED));
        Path place = sleeper(computer);
        FileTree.delete(place);
        return place;
    }

    /** Where the state of a computer that sleeps is. */
    public Path sleeper(String computer) {
        return sleeper(directory, computer);
    }

    static Path sleeper(Path directory, String computer) {
        return directory.resolve(SUSPENDED).resolve(computer.isEmpty() ? "main" : computer);
    }

    /**
     * Keeps the state of a suspended computer that this release of the server refuses: it may be
     * another release's, which can still use it. A computer's first refused state stays until its
     * session ends; those that come later are removed, so that refused states cannot fill the disk.
     */
    public static void setAside(Path state) {
        Path refused = state.resolveSibling(Path.of("..", REFUSED)).normalize();
        Path place = refused.resolve(state.getFileName());
        try {
            if (Files.exists(place)) {
                FileTree.delete(state);
            } else if (Files.exists(state)) {
                PrivateFiles.directory(refused);
                DurableFiles.rename(state, place);
                log.warn("The refused state is kept as {} until its session ends", place);
            }
        } catch (IOException e) {
            log.warn("{} is refused, and cannot be set aside", state, e);
        }
    }

    /**
     * A place for the state of a fork that is being made; what is there is removed.
     *
     * @throws IOException as {@link #make}
     */
    public Path scratch(String computer) throws IOException {
        Path place = make(directory.resolve(FORKS)).resolve(computer);
        FileTree.delete(place);
        return place;
    }

    /**
     * Makes a directory in it, and it itself where it is missing.
     *
     * @throws IOException if that fails, or the session has ended
     */
    synchronized Path make(Path inside) throws IOException {
        if (closed) {
            throw new IOException("the session has ended");
        }
        if (lock == null) {
            lock = DirectoryLock.take(directory);
        }
        return PrivateFiles.directory(inside);
    }

    /**
     * Writes what the next start goes on with if this process is killed.
     *
     * @throws IOException if it cannot be written; what was there may be there still
     */
    synchronized void record(SessionFile session) throws IOException {
        make(directory);
        recorded = true;
        session.write(directory.resolve(RECORD));
    }

    /** Whether the next start can go on with something. */
    public synchronized boolean isRecorded() {
        return recorded;
    }

    /**
     * The next start has nothing to go on with.
     *
     * @throws IOException if that cannot be done
     */
    synchronized void removeRecord() throws IOException {
        if (recorded) {
            removeRecord(directory);
            recorded = false;
        }
    }

    static void removeRecord(Path directory) throws IOException {
        Path file = directory.resolve(RECORD);
        boolean _ = DurableFiles.delete(file);
    }

    /**
     * Leaves it for the server's next start.
     *
     * @throws IOException if it cannot be written; what was there may be there still
     */
    synchronized void keep(SessionFile session) throws IOException {
        record(session);
        closed = true;
        if (lock != null) {
            lock.close();
            lock = null;
        }
    }

    /**
     * Takes it over if its session waits here.
     *
     * @throws IOException if that cannot be done; it does not wait any more then, unless another
     *     process has it
     */
    public synchronized Optional<SessionFile> takeOver() throws IOException {
        Path file = directory.resolve(RECORD);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        make(directory);
        recorded = true;
        try {
            SessionFile session = SessionFile.read(file);
            Leftovers.prune(directory, session);
            return Optional.of(session);
        } catch (IOException e) {
            removeRecord();
            throw e;
        }
    }

    /** The session that waits here, if one does, is worth something still and does not live. */
    public Optional<SessionFile> kept(Instant now) {
        try {
            return DirectoryLock.ifFree(
                    directory, DirectoryLock.PATIENCE, () -> waiting(directory, now));
        } catch (IOException e) {
            log.warn("{} cannot be locked: {}", directory, PrivateFiles.reason(e));
            return Optional.empty();
        }
    }

    /** The session that waits in a directory, if one does and is worth something still. */
    static Optional<SessionFile> waiting(Path directory, Instant now) {
        try {
            return Optional.of(SessionFile.read(directory.resolve(RECORD)))
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
    public synchronized void remove() {
        closed = true;
        if (lock == null) {
            return;
        }
        try (LockFile _ = lock) {
            Leftovers.delete(directory);
        } catch (IOException e) {
            log.warn("What a session kept in {} cannot be removed", directory, e);
        }
    }

    @Override
    public String toString() {
        return directory.toString();
    }
}
