package dev.microsandbox.mcp.session;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxLostException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One MCP session: its own computer, the forks of it, and their checkpoints. A computer is named by
 * its handle, the session's own by the empty one. Thread-safe.
 */
public final class SandboxSession {

    private static final Logger log = LoggerFactory.getLogger(SandboxSession.class);

    private final SandboxConfig config;
    private final Supply supply;
    private final SandboxLimits limits;
    private final SessionClock clock;
    private final SessionDirectory directory;
    private final Checkpoints checkpoints;

    private final Computers computers;

    /** Whether it waits for the server's next start: what is on the disk stays. */
    private boolean kept;

    SandboxSession(
            SandboxConfig config,
            Supply supply,
            SandboxLimits limits,
            CheckpointLimits checkpointLimits,
            SessionDirectory directory,
            SessionClock clock) {
        this.config = config;
        this.supply = supply;
        this.limits = limits;
        this.clock = clock;
        this.directory = directory;
        checkpoints = new Checkpoints(directory, checkpointLimits, clock.wall());
        computers = new Computers(this::computer);
    }

    private Computer computer(String handle) {
        return new Computer(
                handle, config, supply, limits, clock, directory, checkpoints, this::computers);
    }

    /**
     * Waits for the calls of the same lane that came before, then for the computer's sandbox.
     *
     * @param starting called once if the sandbox has to be started or is starting
     * @throws SessionException if the call cannot be served now
     * @throws dev.microsandbox.vmm.SandboxException if the sandbox does not start
     */
    public SandboxLease acquire(String computer, Lane lane, Runnable starting)
            throws InterruptedException {
        return computers.find(computer).acquire(lane, starting);
    }

    /**
     * Saves a computer as it is now.
     *
     * @param label may be empty
     * @throws SessionException if the session has as many checkpoints as it may
     * @throws CheckpointException if it cannot be saved; it goes on
     */
    public Told<Checkpoint> checkpoint(String computer, String label, Runnable starting)
            throws InterruptedException {
        try (SandboxLease lease = acquire(computer, Lane.STATE, starting);
                Hold.Saving _ = lease.saving()) {
            Checkpoint made =
                    checkpoints.make(label, computer, lease.lineage(), place -> save(lease, place));
            return new Told<>(made, lease.notice());
        }
    }

    /**
     * Something that was made of a computer.
     *
     * @param notice what its caller has to be told of the computer
     */
    public record Told<T>(T made, Optional<String> notice) {}

    private static long save(SandboxLease lease, Path state) throws InterruptedException {
        try {
            return lease.sandbox().checkpoint(state);
        } catch (SandboxLostException e) {
            throw lease.lost(e);
        }
    }

    /**
     * Makes a computer again what it, or another of this session, was at a checkpoint. Its calls
     * under way fail.
     *
     * @param name id or label of the checkpoint; empty for the newest
     * @param starting called if a sandbox is started for that
     * @throws CheckpointException if that cannot be done; the computer goes on as it was
     */
    public Checkpoint restore(String computer, String name, Runnable starting)
            throws InterruptedException {
        Computer target = computers.find(computer);
        try (Checkpoints.Use use = checkpoints.use(name)) {
            target.restore(use.checkpoint(), use.state(), starting);
            return use.checkpoint();
        }
    }

    /** All checkpoints of the session. */
    public CheckpointList checkpoints() {
        return new CheckpointList(checkpoints.list(), checkpoints.limits());
    }

    /**
     * Removes a checkpoint.
     *
     * @param name its id or label
     * @throws SessionException if there is none
     */
    public Checkpoint deleteCheckpoint(String name) {
        return checkpoints.remove(name);
    }

    /**
     * Makes a second computer of a computer as it is now.
     *
     * @return its handle
     * @throws SessionException if there is no room for it
     * @throws CheckpointException if it cannot be copied; the computer goes on
     */
    public Told<String> fork(String computer, Runnable starting) throws InterruptedException {
        computers.find(computer);
        AtomicReference<Optional<String>> notice = new AtomicReference<>(Optional.empty());
        String handle = computers.fork(fork -> notice.set(forkNow(computer, fork, starting)));
        return new Told<>(handle, notice.get());
    }

    private Optional<String> forkNow(String computer, Computer fork, Runnable starting)
            throws InterruptedException {
        // First, so that a full server costs no time.
        Capacity.Reservation room = supply.reserve(config);
        boolean handedOver = false;
        try (SandboxLease lease = acquire(computer, Lane.STATE, starting)) {
            Path state = directory.scratch(fork.handle());
            try {
                try (Hold.Saving _ = lease.saving()) {
                    save(lease, state);
                }
                handedOver = true;
                fork.begin(state, lease.lineage(), room);
            } finally {
                // Its memory is mapped by now: the files' names are not needed any more.
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
     * Makes a second computer of a checkpoint.
     *
     * @param name id or label of the checkpoint
     * @return its handle
     */
    public String forkOf(String name, Runnable starting) throws InterruptedException {
        try (Checkpoints.Use use = checkpoints.use(name)) {
            starting.run();
            return computers.fork(
                    fork ->
                            fork.begin(
                                    use.state(),
                                    use.checkpoint().lineage(),
                                    supply.reserve(config)));
        }
    }

    /** The session's own computer and its forks, without those that are gone. */
    public List<ComputerState> computers() {
        return computers.states();
    }

    void sweep() {
        computers.all().forEach(Computer::sweep);
    }

    /**
     * Puts all computers to sleep and leaves them on the disk for the server's next start.
     *
     * @param note to be had back then
     * @return false if there is nothing to keep, or it cannot be kept: the session has ended then
     */
    boolean keep(String note) {
        computers.close();
        restAll();
        List<SessionFile.Sleeper> sleepers = all(Computer::sleeper);
        if (!(sleepers.isEmpty() && checkpoints.list().isEmpty())) {
            Instant until =
                    sleepers.stream()
                            .map(SessionFile.Sleeper::born)
                            .max(Comparator.naturalOrder())
                            .orElse(clock.now())
                            .plus(limits.lifetime());
            SessionFile file =
                    new SessionFile(
                            note, until, computers.lastFork(), sleepers, all(Computer::loss));
            try {
                directory.keep(file);
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

    private <T> List<T> all(Function<Computer, Optional<T>> what) {
        return computers.all().stream().flatMap(computer -> what.apply(computer).stream()).toList();
    }

    private void restAll() {
        List<Thread> threads =
                computers.all().stream()
                        .map(each -> Thread.startVirtualThread(each::restUntilTheNextStart))
                        .toList();
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Takes over what an earlier process has kept of this session; to be called first. */
    void goOn() {
        try {
            Optional<SessionFile> found = directory.takeOver();
            if (found.isPresent()) {
                SessionFile file = found.get();
                checkpoints.load();
                computers.goOn(file.sleepers(), file.losses(), file.lastFork());
            }
        } catch (IOException e) {
            log.warn("A suspended session cannot be read: {}", PrivateFiles.reason(e));
            computers.find("").beginLost("was suspended, and its files are damaged");
        }
    }

    /** Closes all computers for good, and removes what is on the disk. */
    void end(String reason) {
        computers.end(reason);
        synchronized (this) {
            if (kept) {
                return;
            }
        }
        directory.remove();
    }
}
