package dev.microsandbox.mcp.session.disk;

import dev.microsandbox.mcp.session.computer.Computers;
import dev.microsandbox.mcp.text.FaultLine;
import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The record of a live session on disk, from which the session is resumed if the server is killed.
 * It is written when a computer begins, is suspended or is about to wake, and when a checkpoint is
 * made, but not for every call.
 *
 * <p>The record may omit a suspended state that exists; its computer is then lost. It must never
 * offer a state whose machine has continued to run. Thread-safe. The monitor of this object is
 * taken before the locks of {@link Computers}, {@code StateCell}, {@link Checkpoints} and {@link
 * SessionDirectory}.
 */
public final class SessionRecord {

    private static final Logger log = LoggerFactory.getLogger(SessionRecord.class);

    private final SessionDirectory directory;
    private final Supplier<Optional<SessionFile>> session;

    /** The suspended states that the record on disk may offer. */
    private Set<Offer> offered = Set.of();

    private boolean failing;
    private boolean closed;

    /** A suspended state that can be woken. */
    private record Offer(String computer, Instant since) {}

    /**
     * Creates the record of a session.
     *
     * @param session supplies what the record should say now; empty if there should be no record
     */
    public SessionRecord(SessionDirectory directory, Supplier<Optional<SessionFile>> session) {
        this.directory = directory;
        this.session = session;
    }

    /** Takes over the record that an earlier process has left. Must be called first. */
    public synchronized void takeOver(SessionFile file) {
        offered = offers(file);
    }

    /**
     * Updates the record on disk to the current state.
     *
     * @return false if the record still offers a state that must no longer be offered
     */
    public synchronized boolean update() {
        if (closed) {
            return true;
        }
        Optional<SessionFile> file = session.get();
        Set<Offer> wanted = file.map(SessionRecord::offers).orElse(Set.of());
        try {
            if (file.isPresent()) {
                directory.record(file.get());
            } else {
                directory.removeRecord();
            }
            offered = wanted;
            failing = false;
            return true;
        } catch (IOException e) {
            failed(e);
            boolean holds = wanted.containsAll(offered);
            Set<Offer> either = new HashSet<>(offered);
            either.addAll(wanted);
            offered = either;
            return holds || withdraw();
        }
    }

    private static Set<Offer> offers(SessionFile file) {
        return file.suspended().stream()
                .map(computer -> new Offer(computer.computer(), computer.since()))
                .collect(Collectors.toUnmodifiableSet());
    }

    private void failed(IOException e) {
        if (!failing) {
            log.warn(
                    "The state of a session's computers cannot be recorded in {}: {}. If the server is killed in this condition, some of the computers are lost.",
                    directory,
                    PrivateFiles.reason(e));
        }
        failing = true;
    }

    /** Removes the record, which needs no disk space. */
    private boolean withdraw() {
        try {
            directory.removeRecord();
            offered = Set.of();
            return true;
        } catch (IOException e) {
            log.debug("The record cannot be removed either", e);
            return false;
        }
    }

    /**
     * Leaves the session in its current state for the server's next start.
     *
     * @throws IOException if the record cannot be written
     */
    public synchronized void keep() throws IOException {
        directory.keep(session.get().orElseThrow());
        closed = true;
    }

    /** Removes the record because the session ends. */
    public synchronized void end() {
        closed = true;
        try {
            directory.removeRecord();
        } catch (IOException e) {
            log.warn("The record in {} cannot be removed: {}", directory, FaultLine.of(e));
        }
    }
}
