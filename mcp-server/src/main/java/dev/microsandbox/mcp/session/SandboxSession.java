package dev.microsandbox.mcp.session;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxLostException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One MCP session: its own computer, the forks of it, and their checkpoints. A computer is named by
 * its handle, the session's own by the empty one. Thread-safe.
 */
public final class SandboxSession {

    private static final Logger log = LoggerFactory.getLogger(SandboxSession.class);

    /** Of one session, those that sleep too: each of these takes disk. */
    static final int MOST_FORKS = 8;

    private final SandboxConfig config;
    private final Supply supply;
    private final SandboxLimits limits;
    private final SessionClock clock;
    private final SessionDirectory directory;
    private final Checkpoints checkpoints;

    /** By handle; guarded by this. */
    private final Map<String, Computer> computers = new LinkedHashMap<>();

    private int lastFork;
    private int forksBeingMade;
    private boolean ended;

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
        computers.put("", computer(""));
    }

    private Computer computer(String handle) {
        return new Computer(
                handle, config, supply, limits, clock, directory, checkpoints, this::computers);
    }

    private synchronized Computer own() {
        return find("");
    }

    private synchronized Computer find(String handle) {
        Computer found = computers.get(handle);
        if (found != null) {
            return found;
        }
        List<String> forks = computers.keySet().stream().filter(name -> !name.isEmpty()).toList();
        throw new SessionException(
                "There is no computer %s. %s Leave the argument computer out for the session's own."
                        .formatted(
                                handle,
                                forks.isEmpty()
                                        ? "This session has no forks; the tool fork makes one."
                                        : "Forks are: " + String.join(", ", forks) + "."));
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
        return find(computer).acquire(lane, starting);
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
        try (SandboxLease lease = acquire(computer, Lane.STATE, starting)) {
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
        Computer target = find(computer);
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
        find(computer);
        AtomicReference<Optional<String>> notice = new AtomicReference<>(Optional.empty());
        String handle = newFork(fork -> notice.set(forkNow(computer, fork, starting)));
        return new Told<>(handle, notice.get());
    }

    private Optional<String> forkNow(String computer, Computer fork, Runnable starting)
            throws InterruptedException {
        // First, so that a full server costs no time.
        Capacity.Reservation room = supply.reserve(config);
        boolean handedOver = false;
        try (SandboxLease lease = acquire(computer, Lane.STATE, starting)) {
            Path state = directory.scratch(fork.handle());
            save(lease, state);
            handedOver = true;
            try {
                fork.begin(state, lease.lineage(), room);
            } finally {
                // Its memory is mapped by now: the files' names are not needed any more.
                PrivateFiles.delete(state);
            }
            return lease.notice();
        } catch (IOException e) {
            throw new CheckpointException(
                    "The fork cannot be written on the server: %s. The computer goes on."
                            .formatted(e.getMessage()),
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
            return newFork(
                    fork ->
                            fork.begin(
                                    use.state(),
                                    use.checkpoint().lineage(),
                                    supply.reserve(config)));
        }
    }

    private interface Beginning {
        void begin(Computer fork) throws InterruptedException;
    }

    private String newFork(Beginning beginning) throws InterruptedException {
        Computer fork = nextFork();
        boolean kept = false;
        try {
            beginning.begin(fork);
            kept = keep(fork);
        } finally {
            doneForking();
            if (!kept) {
                fork.end("was not needed");
            }
        }
        if (!kept) {
            throw new SessionException("The session has ended.");
        }
        return fork.handle();
    }

    private synchronized Computer nextFork() {
        long forks =
                forksBeingMade
                        + computers.values().stream()
                                .filter(c -> !c.handle().isEmpty() && !c.isGone())
                                .count();
        if (forks >= MOST_FORKS) {
            throw new SessionException(
                    "This session has %d forks, as many as it may. They end with the session or after their lifetime; restore puts one to a checkpoint, so that it can be used again."
                            .formatted(forks));
        }
        forksBeingMade++;
        lastFork++;
        return computer("f" + lastFork);
    }

    private synchronized boolean keep(Computer fork) {
        if (ended) {
            return false;
        }
        computers.put(fork.handle(), fork);
        return true;
    }

    private synchronized void doneForking() {
        forksBeingMade--;
    }

    /** The session's own computer and its forks, without those that are gone. */
    public List<ComputerState> computers() {
        return all().stream()
                .filter(computer -> !computer.isGone())
                .map(computer -> new ComputerState(computer.handle(), computer.state()))
                .toList();
    }

    private synchronized List<Computer> all() {
        return new ArrayList<>(computers.values());
    }

    void sweep() {
        all().forEach(Computer::sweep);
    }

    /**
     * Puts all computers to sleep and leaves them on the disk for the server's next start.
     *
     * @param note to be had back then
     * @return false if there is nothing to keep, or it cannot be kept: the session has ended then
     */
    boolean keep(String note) {
        boolean saved = restAll();
        List<SessionFile.Sleeper> sleepers =
                all().stream().flatMap(computer -> computer.sleeper().stream()).toList();
        if (saved && !(sleepers.isEmpty() && checkpoints.list().isEmpty())) {
            Instant until =
                    sleepers.stream()
                            .map(SessionFile.Sleeper::born)
                            .max(Comparator.naturalOrder())
                            .orElse(clock.now())
                            .plus(limits.lifetime());
            int forks;
            synchronized (this) {
                ended = true;
                forks = lastFork;
            }
            try {
                directory.keep(new SessionFile(note, until, forks, sleepers));
                all().forEach(computer -> computer.end("was closed because the server stops"));
                return true;
            } catch (IOException e) {
                log.warn("A session cannot be kept", e);
            }
        }
        end("was closed because the server stops");
        return false;
    }

    private boolean restAll() {
        AtomicBoolean saved = new AtomicBoolean(true);
        List<Thread> threads = new ArrayList<>();
        for (Computer computer : all()) {
            threads.add(
                    Thread.startVirtualThread(
                            () -> {
                                if (!computer.rest()) {
                                    saved.set(false);
                                }
                            }));
        }
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        return saved.get();
    }

    /** Takes over what an earlier process has kept of this session; to be called first. */
    synchronized void goOn() {
        try {
            Optional<SessionFile> kept = directory.takeOver();
            if (kept.isEmpty()) {
                return;
            }
            checkpoints.load();
            lastFork = kept.get().lastFork();
            for (SessionFile.Sleeper sleeper : kept.get().sleepers()) {
                Computer computer =
                        computers.computeIfAbsent(sleeper.handle(), name -> computer(name));
                computer.begin(sleeper);
            }
        } catch (IOException e) {
            log.warn("A suspended session cannot be read", e);
            own().beginLost("was suspended and could not be woken");
        }
    }

    /** Closes all computers for good, and removes what is on the disk. */
    void end(String reason) {
        synchronized (this) {
            ended = true;
        }
        all().forEach(computer -> computer.end(reason));
        directory.remove();
    }
}
