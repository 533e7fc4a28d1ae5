package dev.microsandbox.mcp.session;

import dev.microsandbox.mcp.life.SessionClient;
import dev.microsandbox.mcp.session.computer.Computer;
import dev.microsandbox.mcp.session.computer.ComputerSummary;
import dev.microsandbox.mcp.session.computer.Computers;
import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.computer.SessionClock;
import dev.microsandbox.mcp.session.computer.TurnLock;
import dev.microsandbox.mcp.session.disk.Checkpoint;
import dev.microsandbox.mcp.session.disk.CheckpointList;
import dev.microsandbox.mcp.session.disk.Checkpoints;
import dev.microsandbox.mcp.session.disk.DiskAccount;
import dev.microsandbox.mcp.session.disk.PrivateFiles;
import dev.microsandbox.mcp.session.disk.SessionDirectory;
import dev.microsandbox.mcp.session.disk.SessionFile;
import dev.microsandbox.mcp.session.disk.SessionRecord;
import dev.microsandbox.mcp.session.limits.Lifespan;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.session.limits.Terms;
import dev.microsandbox.mcp.session.supply.Reservation;
import dev.microsandbox.mcp.session.supply.SandboxSupply;
import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxLostException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One MCP session: its own computer, the forks of that computer, and their checkpoints. A computer
 * is identified by its id; the id of the session's own computer is empty. Thread-safe.
 */
public final class SandboxSession {

    private static final Logger log = LoggerFactory.getLogger(SandboxSession.class);

    private final Supplier<Terms> terms;
    private final Supplier<SandboxConfig> config;
    private final SandboxSupply supply;
    private final SessionClock clock;
    private final SessionDirectory directory;
    private final SessionRecord record;
    private final Checkpoints checkpoints;

    private final Computers computers;

    /**
     * The client that owns the session after a restart of the server; null if the session must not
     * be resumed.
     */
    private volatile @Nullable SessionClient client;

    /** Whether the session is being kept although nothing of it is on the disk. */
    private volatile boolean keptAnyway;

    /** The lifespan that the record on disk follows. */
    private volatile Lifespan recorded;

    /**
     * Guarded by this. Whether the session is kept for the server's next start: its files stay on
     * disk.
     */
    private boolean kept;

    /**
     * Creates a new session.
     *
     * @param client the client that may resume the session after the server was killed; null if the
     *     session then ends
     * @param terms the terms of its namespace, which may change
     */
    SandboxSession(
            @Nullable SessionClient client,
            Supplier<Terms> terms,
            SandboxSupply supply,
            SessionDirectory directory,
            SessionClock clock) {
        this.client = client;
        this.terms = terms;
        config = config(terms);
        recorded = terms.get().lifespan();
        this.supply = supply;
        this.clock = clock;
        this.directory = directory;
        record = new SessionRecord(directory, this::file);
        checkpoints =
                new Checkpoints(
                        directory,
                        () -> terms.get().checkpoints(),
                        supply::bytesOnDisk,
                        clock.wall());
        computers = new Computers(this::computer);
    }

    /**
     * The configuration of the sandboxes that start now. A session's sandboxes are all of the same
     * size and have the same image, because checkpoints demand it; only their time-outs change.
     */
    private static Supplier<SandboxConfig> config(Supplier<Terms> terms) {
        SandboxConfig first = terms.get().sandbox();
        return () -> {
            SandboxConfig now = terms.get().sandbox();
            return first.withStartTimeout(now.startTimeout())
                    .withInterpreterTimeout(now.interpreterTimeout());
        };
    }

    private Computer computer(String id) {
        return new Computer(
                id, config, supply, terms, clock, directory, record, checkpoints, this::computers);
    }

    /**
     * Waits for earlier calls of the same lane, then for the computer's sandbox.
     *
     * @param starting called once if the sandbox must be started or is starting
     * @throws SessionException if the call cannot be served now
     * @throws dev.microsandbox.vmm.SandboxException if the sandbox does not start
     */
    public SandboxLease acquire(String computer, Lane lane, Runnable starting)
            throws InterruptedException {
        return computers.find(computer).acquire(lane, starting);
    }

    /**
     * Saves the current state of a computer as a checkpoint.
     *
     * @param label may be empty
     * @throws SessionException if the session has reached its limit of checkpoints
     * @throws CheckpointException if the computer cannot be saved; it continues to run
     */
    public WithNotice<Checkpoint> checkpoint(String computer, String label, Runnable starting)
            throws InterruptedException {
        try (SandboxLease lease = acquire(computer, Lane.STATE, starting);
                DiskAccount.Room room = directory.reserve(config.get().memoryBytes());
                TurnLock.PendingSave _ = lease.saving()) {
            Checkpoint made =
                    checkpoints.make(
                            label,
                            computer,
                            lease.lineage(),
                            place -> {
                                long bytes = save(lease, place);
                                room.written();
                                return bytes;
                            });
            record.update();
            return new WithNotice<>(made, lease.notice());
        }
    }

    /**
     * The result of an operation on a computer.
     *
     * @param made what the operation made
     * @param notice what the caller must be told about the computer
     */
    public record WithNotice<T>(T made, Optional<String> notice) {}

    private static long save(SandboxLease lease, Path state) throws InterruptedException {
        try {
            return lease.sandbox().checkpoint(state);
        } catch (SandboxLostException e) {
            throw lease.lost(e);
        }
    }

    /**
     * Restores a computer to a checkpoint of itself or of another computer of this session. Its
     * running calls fail.
     *
     * @param name id or label of the checkpoint; empty for the newest
     * @param starting called if a sandbox is started for the restore
     * @throws CheckpointException if the restore fails; the computer continues as it was
     */
    public Checkpoint restore(String computer, String name, Runnable starting)
            throws InterruptedException {
        Computer target = computers.find(computer);
        try (Checkpoints.CheckpointUse use = checkpoints.use(name)) {
            target.restore(use.checkpoint(), use.state(), starting);
            return use.checkpoint();
        }
    }

    /** All checkpoints of the session. */
    public CheckpointList checkpoints() {
        return new CheckpointList(checkpoints.list(), checkpoints.bytes(), checkpoints.limits());
    }

    /**
     * Removes a checkpoint.
     *
     * @param name its id or label
     * @throws SessionException if there is no such checkpoint
     */
    public Checkpoint deleteCheckpoint(String name) {
        return checkpoints.remove(name);
    }

    /**
     * Forks a computer in its current state.
     *
     * @return the id of the fork
     * @throws SessionException if there is no room for a fork
     * @throws CheckpointException if the computer cannot be copied; it continues to run
     */
    public WithNotice<String> fork(String computer, Runnable starting) throws InterruptedException {
        computers.find(computer);
        AtomicReference<Optional<String>> notice = new AtomicReference<>(Optional.empty());
        String id = computers.fork(fork -> notice.set(forkNow(computer, fork, starting)));
        record.update();
        return new WithNotice<>(id, notice.get());
    }

    private Optional<String> forkNow(String computer, Computer fork, Runnable starting)
            throws InterruptedException {
        // Reserve room first, so that a full server refuses at once.
        Reservation room = supply.reserve(config.get());
        boolean handedOver = false;
        try (SandboxLease lease = acquire(computer, Lane.STATE, starting)) {
            Path state = directory.prepareFork(fork.id());
            try {
                try (DiskAccount.Room _ = directory.reserve(config.get().memoryBytes());
                        TurnLock.PendingSave _ = lease.saving()) {
                    save(lease, state);
                }
                handedOver = true;
                fork.begin(state, lease.lineage(), room);
            } finally {
                // The fork has mapped its memory by now, so the files no longer need names.
                PrivateFiles.discard(state);
            }
            return lease.notice();
        } catch (IOException e) {
            throw new CheckpointException(
                    "The fork cannot be written on the server: %s. The computer goes on; delete_checkpoint may make room."
                            .formatted(PrivateFiles.reason(e)),
                    e);
        } finally {
            if (!handedOver) {
                room.release();
            }
        }
    }

    /**
     * Creates a computer from a checkpoint.
     *
     * @param name id or label of the checkpoint
     * @return the id of the new computer
     */
    public String forkOf(String name, Runnable starting) throws InterruptedException {
        try (Checkpoints.CheckpointUse use = checkpoints.use(name)) {
            starting.run();
            String id =
                    computers.fork(
                            fork ->
                                    fork.begin(
                                            use.state(),
                                            use.checkpoint().lineage(),
                                            supply.reserve(config.get())));
            record.update();
            return id;
        }
    }

    /** The session's own computer and its forks, without forks that are gone. */
    public List<ComputerSummary> computers() {
        return computers.states();
    }

    /** Whether the session has had a computer, or has something on the disk. */
    boolean hasBegun() {
        return computers.haveBegun() || hasState() || directory.isRecorded();
    }

    /** Does what the passing of time, or a change of the terms, demands. */
    void sweep() {
        computers.all().forEach(Computer::sweep);
        Lifespan now = terms.get().lifespan();
        if (!now.equals(recorded)) {
            recorded = now;
            record.update();
        }
    }

    /**
     * Suspends all computers and leaves them on disk for the server's next start.
     *
     * @param whose the client that may resume the session
     * @param always whether the session is kept even if there is nothing of it on the disk
     * @return false if there is nothing to keep, or it cannot be kept; the session has then ended
     */
    boolean keep(SessionClient whose, boolean always) {
        client = whose;
        computers.suspendForStop();
        keptAnyway = always;
        if (always || hasState()) {
            try {
                record.keep();
                synchronized (this) {
                    kept = true;
                }
                return true;
            } catch (IOException e) {
                log.warn("A session cannot be kept: {}", PrivateFiles.reason(e));
            }
        }
        end("was closed because the server stops");
        return false;
    }

    private boolean hasState() {
        return !checkpoints.list().isEmpty()
                || computers.records().stream().anyMatch(each -> each.suspended().isPresent());
    }

    /** What the session's record on disk should say; empty if there should be no record. */
    private Optional<SessionFile> file() {
        SessionClient wanted = client;
        Lifespan lifespan = terms.get().lifespan();
        if (wanted == null
                || !lifespan.suspend()
                || !(keptAnyway || directory.isRecorded() || hasState())) {
            return Optional.empty();
        }
        List<SessionFile.ComputerRecord> records = computers.records();
        return Optional.of(
                new SessionFile(
                        wanted,
                        computers.lastBorn().orElse(clock.now()).plus(lifespan.lifetime()),
                        computers.lastFork(),
                        records.stream().flatMap(each -> each.suspended().stream()).toList(),
                        records.stream().flatMap(each -> each.lost().stream()).toList()));
    }

    /** Takes over what an earlier process kept of this session. Must be called first. */
    void takeOver() {
        try {
            Optional<SessionFile> found = directory.takeOver();
            if (found.isPresent()) {
                SessionFile file = found.get();
                client = file.client();
                record.takeOver(file);
                checkpoints.load();
                computers.takeOver(file.suspended(), file.lost(), file.lastFork());
            }
        } catch (IOException e) {
            log.warn("A suspended session cannot be read: {}", PrivateFiles.reason(e));
            computers.takeOver(
                    List.of(),
                    List.of(
                            new SessionFile.LostComputer(
                                    "", "was suspended, and its files are damaged")),
                    0);
            record.update();
        }
    }

    /**
     * Closes all computers for good and removes the session's files, unless the session is kept.
     */
    void end(String reason) {
        boolean stays;
        synchronized (this) {
            stays = kept;
        }
        if (!stays) {
            record.end();
        }
        computers.end(reason);
        if (!stays) {
            directory.remove();
        }
    }
}
