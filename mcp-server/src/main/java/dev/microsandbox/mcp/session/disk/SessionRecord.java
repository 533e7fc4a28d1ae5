package dev.microsandbox.mcp.session.disk;

import dev.microsandbox.mcp.session.computer.Computers;
import dev.microsandbox.mcp.session.computer.CurrentSandbox;
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
 * What the disk says of a session while it lives: with that it goes on if the server is killed. It
 * is written when a computer begins, falls asleep or is about to wake, and when a checkpoint is
 * made; not for a call.
 *
 * <p>A state may be left out although it is there, and its computer is lost then; it must never be
 * offered once its machine has gone on. Thread-safe. Its lock comes before those of {@link
 * Computers}, {@link CurrentSandbox}, {@link Checkpoints} and {@link SessionDirectory}.
 */
public final class SessionRecord {

    private static final Logger log = LoggerFactory.getLogger(SessionRecord.class);

    private final SessionDirectory directory;
    private final Supplier<Optional<SessionFile>> session;

    /** What the disk may offer. */
    private Set<Offer> offered = Set.of();

    private boolean failing;
    private boolean closed;

    /** A state that can be woken. */
    private record Offer(String computer, Instant since) {}

    /**
     * The record of a session.
     *
     * @param session what is to be on the disk now; empty if nothing
     */
    public SessionRecord(SessionDirectory directory, Supplier<Optional<SessionFile>> session) {
        this.directory = directory;
        this.session = session;
    }

    /** The record that an earlier process has left goes on; to be called first. */
    public synchronized void goOn(SessionFile file) {
        offered = offers(file);
    }

    /**
     * Lets the disk say what is so now.
     *
     * @return false if it goes on to offer what is not there any more
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
        return file.sleepers().stream()
                .map(sleeper -> new Offer(sleeper.computer(), sleeper.since()))
                .collect(Collectors.toUnmodifiableSet());
    }

    private void failed(IOException e) {
        if (!failing) {
            log.warn(
                    "It cannot be written in {} how a session's computers are: {}. If the server is"
                            + " killed while that is so, some of them are lost.",
                    directory,
                    PrivateFiles.reason(e));
        }
        failing = true;
    }

    /** Removing the record needs no room on the disk. */
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
     * Leaves the session for the server's next start, as it is now.
     *
     * @throws IOException if it cannot be written
     */
    public synchronized void keep() throws IOException {
        directory.keep(session.get().orElseThrow());
        closed = true;
    }

    /** The session ends: nothing of it is offered from now on. */
    public synchronized void end() {
        closed = true;
        try {
            directory.removeRecord();
        } catch (IOException e) {
            log.warn("The record in {} cannot be removed", directory, e);
        }
    }
}
