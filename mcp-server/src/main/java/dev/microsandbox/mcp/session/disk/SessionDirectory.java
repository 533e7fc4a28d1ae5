package dev.microsandbox.mcp.session.disk;

import dev.microsandbox.mcp.text.FaultLine;
import dev.microsandbox.vmm.storage.DurableFiles;
import dev.microsandbox.vmm.storage.FileTree;
import dev.microsandbox.vmm.storage.LockFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of a session's files. It is created when it is first needed, and locked while its
 * session lives, so that another process, or this program after a restart, can tell whether it is
 * left over. Thread-safe.
 */
public final class SessionDirectory {

    private static final Logger log = LoggerFactory.getLogger(SessionDirectory.class);

    static final String CHECKPOINTS = "checkpoints";
    static final String SUSPENDED = "suspended";
    static final String FORKS = "forks";

    /** The directory of states that no machine can resume from; the session's end removes them. */
    private static final String REFUSED = "refused";

    /** As many as a session may have computers that an earlier process left suspended. */
    static final int MAX_REFUSED = 9;

    /** The file that says what can be resumed of the session after a restart of the server. */
    private static final String RECORD = "session";

    /** The form of session ids, which are safe as file names. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,128}");

    private final Path directory;
    private final DiskAccount disk;
    private @Nullable LockFile lock;
    private boolean recorded;
    private boolean closed;

    /** The directory of a session whose disk space nothing but its own limits bound. */
    public SessionDirectory(Path sessions, String sessionId) {
        this(sessions, sessionId, DiskAccount.unlimited(sessions));
    }

    /**
     * @param disk the account to which the session's states count
     */
    public SessionDirectory(Path sessions, String sessionId, DiskAccount disk) {
        if (!isName(sessionId)) {
            throw new IllegalArgumentException("not a session's id");
        }
        directory = sessions.resolve(sessionId);
        this.disk = disk;
        disk.add(directory);
    }

    /** The account to which the session's states count. */
    public DiskAccount disk() {
        return disk;
    }

    /**
     * Reserves room for a state of a sandbox with this much memory, as {@link DiskAccount#reserve}.
     */
    public DiskAccount.Room reserve(long memoryBytes) throws InterruptedException {
        return disk.reserve(DiskAccount.mostBytes(memoryBytes));
    }

    /** All states in a session's directory, those included that are being written. */
    static List<Path> states(Path directory) {
        List<Path> states = new ArrayList<>();
        Leftovers.in(directory.resolve(CHECKPOINTS))
                .forEach(checkpoint -> states.add(Checkpoints.stateIn(checkpoint)));
        for (String part : List.of(SUSPENDED, REFUSED, FORKS)) {
            states.addAll(Leftovers.in(directory.resolve(part)));
        }
        return states;
    }

    /** The namespace of the session that a directory is kept for; empty if there is none. */
    static Optional<String> namespace(Path directory) {
        try {
            return Optional.of(SessionFile.read(directory.resolve(RECORD)).client().namespace());
        } catch (IOException e) {
            log.debug("{} is not counted: {}", directory, PrivateFiles.reason(e));
            return Optional.empty();
        }
    }

    /** Whether a session may have this id. */
    public static boolean isName(String sessionId) {
        return NAME.matcher(sessionId).matches();
    }

    Path checkpoints() {
        return directory.resolve(CHECKPOINTS);
    }

    /**
     * Prepares the place for the state of a computer that is being suspended. Removes what is
     * there.
     *
     * @throws IOException as {@link #make}
     */
    public Path prepareSuspension(String computer) throws IOException {
        make(directory.resolve(SUSPENDED));
        Path place = suspendedState(computer);
        FileTree.delete(place);
        return place;
    }

    /** The place of a suspended computer's state. */
    public Path suspendedState(String computer) {
        return suspendedState(directory, computer);
    }

    static Path suspendedState(Path directory, String computer) {
        return directory.resolve(SUSPENDED).resolve(computer.isEmpty() ? "main" : computer);
    }

    /**
     * Keeps the state of a suspended computer that this release of the server refuses. Another
     * release may have written it and can still use it. The first refused state of a computer stays
     * until its session ends. Later ones, and those beyond {@link #MAX_REFUSED}, are removed, so
     * that refused states cannot fill the disk.
     */
    public static void setAside(Path state) {
        Path refused = state.resolveSibling(Path.of("..", REFUSED)).normalize();
        Path place = refused.resolve(state.getFileName());
        try {
            PrivateFiles.createDirectory(refused);
            if (!hasRoom(refused, place)) {
                PrivateFiles.discard(state);
            } else if (Files.exists(state)) {
                DurableFiles.rename(state, place);
                log.warn("The refused state is kept as {} until its session ends", place);
            }
        } catch (IOException e) {
            // It stays where it is, or where it was moved to, and the session's end removes it.
            log.warn("{} was refused and cannot be set aside: {}", state, FaultLine.of(e));
        }
    }

    private static boolean hasRoom(Path refused, Path place) throws IOException {
        try (Stream<Path> all = Files.list(refused)) {
            return Files.notExists(place) && all.count() < MAX_REFUSED;
        }
    }

    /**
     * Prepares the place for the state of a fork that is being made. Removes what is there.
     *
     * @throws IOException as {@link #make}
     */
    public Path prepareFork(String computer) throws IOException {
        Path place = make(directory.resolve(FORKS)).resolve(computer);
        FileTree.delete(place);
        return place;
    }

    /**
     * Creates a directory inside this one, and this one if it is missing.
     *
     * @throws IOException if that fails, or the session has ended
     */
    synchronized Path make(Path inside) throws IOException {
        if (closed) {
            throw new IOException("the session has ended");
        }
        if (lock == null) {
            lock = DirectoryLock.acquire(directory);
        }
        return PrivateFiles.createDirectory(inside);
    }

    /**
     * Writes the record from which the next start resumes the session if this process is killed.
     *
     * @throws IOException if it cannot be written; the earlier record may remain
     */
    synchronized void record(SessionFile session) throws IOException {
        make(directory);
        recorded = true;
        session.write(directory.resolve(RECORD));
    }

    /** Whether there is a record from which the next start can resume the session. */
    public synchronized boolean isRecorded() {
        return recorded;
    }

    /**
     * Removes the record, so that the next start does not resume the session.
     *
     * @throws IOException if it cannot be removed
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
     * Leaves the session for the server's next start.
     *
     * @throws IOException if the record cannot be written; the earlier record may remain
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
     * Takes over the session that an earlier process has kept here.
     *
     * @return empty if no session is kept here
     * @throws IOException if the session cannot be taken over; it is then no longer kept, unless
     *     another process holds the directory
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

    /** The session that is kept here; empty if there is none, it has expired, or it lives. */
    public Optional<SessionFile> kept(Instant now) {
        try {
            return DirectoryLock.ifFree(
                    directory, DirectoryLock.PATIENCE, () -> waiting(directory, now));
        } catch (IOException e) {
            log.warn("{} cannot be locked: {}", directory, PrivateFiles.reason(e));
            return Optional.empty();
        }
    }

    /** The session that is kept in a directory; empty if there is none or it has expired. */
    static Optional<SessionFile> waiting(Path directory, Instant now) {
        try {
            return Optional.of(SessionFile.read(directory.resolve(RECORD)))
                    .filter(session -> session.until().isAfter(now));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            log.warn(
                    "The suspended session in {} cannot be resumed: {}. Other sessions are not affected.",
                    directory,
                    PrivateFiles.reason(e));
            return Optional.empty();
        }
    }

    /** Removes the directory and all files in it. */
    public synchronized void remove() {
        closed = true;
        if (lock != null) {
            try (LockFile _ = lock) {
                Leftovers.delete(directory);
            } catch (IOException e) {
                log.warn(
                        "The files of a session in {} cannot be removed: {}",
                        directory,
                        FaultLine.of(e));
                return; // what is left still counts
            }
        }
        disk.remove(directory);
    }

    @Override
    public String toString() {
        return directory.toString();
    }
}
