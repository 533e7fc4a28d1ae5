package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.computer.ComputerState.Live;
import dev.microsandbox.mcp.session.computer.ComputerState.WithSandbox;
import dev.microsandbox.mcp.session.computer.TurnLock.Turn;
import dev.microsandbox.mcp.session.disk.Checkpoint;
import dev.microsandbox.mcp.session.disk.Checkpoints;
import dev.microsandbox.mcp.session.disk.SessionDirectory;
import dev.microsandbox.mcp.session.disk.SessionFile;
import dev.microsandbox.mcp.session.disk.SessionRecord;
import dev.microsandbox.mcp.session.limits.Lifespan;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.session.limits.Terms;
import dev.microsandbox.mcp.session.supply.ManagedSandbox;
import dev.microsandbox.mcp.session.supply.Reservation;
import dev.microsandbox.mcp.session.supply.SandboxSupply;
import dev.microsandbox.mcp.text.ClientText;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxLostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A computer of a session, as an agent sees it. Thread-safe. */
public final class Computer {

    static final String ENDED = "The session has ended.";

    private final String id;
    private final Supplier<SandboxConfig> config;
    private final SandboxSupply supply;
    private final Supplier<Terms> terms;
    private final SessionDirectory directory;
    private final Checkpoints checkpoints;
    private final Supplier<List<ComputerSummary>> family;
    private final Lanes lanes = new Lanes();
    private final TurnLock lock = new TurnLock();
    private final RestoreEpoch restores = new RestoreEpoch();
    private final CurrentSandbox sandbox;
    private final CallCount calls;
    private final IdlePolicy idlePolicy;
    private final AtomicReference<@Nullable String> hint = new AtomicReference<>();

    /**
     * Creates a computer, which starts with its first call.
     *
     * @param id its id in its session; empty for the session's own computer
     * @param config the configuration of a sandbox that starts now
     * @param terms the terms of its namespace, which may change
     * @param family supplies all computers of its session
     */
    public Computer(
            String id,
            Supplier<SandboxConfig> config,
            SandboxSupply supply,
            Supplier<Terms> terms,
            SessionClock clock,
            SessionDirectory directory,
            SessionRecord record,
            Checkpoints checkpoints,
            Supplier<List<ComputerSummary>> family) {
        this.id = id;
        this.config = config;
        this.supply = supply;
        this.terms = terms;
        this.directory = directory;
        this.checkpoints = checkpoints;
        this.family = family;
        Supplier<Lifespan> lifespan = () -> terms.get().lifespan();
        sandbox = new CurrentSandbox(id, config, supply, lifespan, clock, record, lock);
        calls = new CallCount(clock);
        idlePolicy =
                new IdlePolicy(
                        lock,
                        sandbox,
                        new Suspension(id, sandbox, directory, clock.wall(), hint::set),
                        calls,
                        lifespan);
    }

    public String id() {
        return id;
    }

    /**
     * Waits for earlier calls of the lane, then for the sandbox. Starts or wakes a sandbox if none
     * runs.
     *
     * @param starting called once if the sandbox does not run yet
     */
    public SandboxLease acquire(Lane lane, Runnable starting) throws InterruptedException {
        calls.begin();
        boolean entered = false;
        try {
            long arrived = restores.begun();
            lanes.enter(lane);
            entered = true;
            boolean told = false;
            while (true) {
                WithSandbox now = currentOrNew(arrived);
                if (!now.sandbox().isRunning() && !told) {
                    told = true;
                    starting.run();
                }
                Sandbox running = sandbox.await(now.sandbox());
                if (running != null) {
                    return new SandboxLease(this, lane, now, running, arrived);
                }
            }
        } catch (InterruptedException | RuntimeException e) {
            if (entered) {
                lanes.leave(lane);
            }
            calls.end();
            throw e;
        }
    }

    private WithSandbox currentOrNew(long arrived) throws InterruptedException {
        try (Turn turn = lock.turn()) {
            sandbox.checkNotGone();
            Optional<String> restored = restores.since(arrived);
            if (restored.isPresent()) {
                throw new SessionException(
                        "The computer was put back to checkpoint %s while this call waited; the call did nothing. Repeat it if it is still wanted."
                                .formatted(restored.get()));
            }
            return sandbox.get(turn);
        }
    }

    void release(Lane lane) {
        lanes.leave(lane);
        calls.end();
    }

    /** As {@link TurnLock#save}. */
    TurnLock.PendingSave saving() {
        return lock.save();
    }

    /** Takes the notice for the next call. Each notice is returned once. */
    Optional<String> takeNotice() {
        return sandbox.takeNotice(recoveryHint());
    }

    /** Leaves a hint for the next call that has a result. It replaces an earlier hint. */
    void leaveHint(String text) {
        hint.set(text);
    }

    /** Takes the hint that an earlier call has left. */
    Optional<String> takeHint() {
        return Optional.ofNullable(hint.getAndSet(null));
    }

    /** How the agent can recover from a loss; empty if there is no checkpoint. */
    private String recoveryHint() {
        List<Checkpoint> all = checkpoints.list();
        return all.isEmpty()
                ? ""
                : " The tool restore brings back checkpoint %s.".formatted(all.getLast().inWords());
    }

    /** Records that a call found its sandbox gone, and returns the error for that call. */
    SandboxLostException lost(ManagedSandbox managed, SandboxLostException cause) {
        String closed = managed.closeReason();
        String why = ClientText.of(cause.getMessage());
        sandbox.forget(managed, closed != null ? closed : "died (" + why + ")");
        String what = closed != null ? closed : "died during this call: " + why;
        var error =
                new SandboxLostException(
                        "The sandbox %s\nIts variables, files and processes are gone. %s"
                                .formatted(
                                        what,
                                        id.isEmpty()
                                                ? "The next call starts a new one." + recoveryHint()
                                                : "It was computer %s; make another with fork."
                                                        .formatted(id)));
        error.initCause(cause);
        return error;
    }

    /**
     * The checkpoint to which the computer was restored since a call arrived. If a restore is
     * running, which has made the call fail, waits until the restore has succeeded or failed.
     */
    Optional<String> awaitRestoredSince(long arrived) throws InterruptedException {
        lock.awaitFree();
        return restores.since(arrived);
    }

    /**
     * Restores the computer to a checkpoint: in place if its sandbox descends from the checkpoint's
     * machine, else with a new sandbox. Does not wait for running calls; they fail.
     *
     * @param state the checkpoint's files
     * @throws SandboxException if the restore fails; unless the exception says that the sandbox is
     *     lost, the computer continues as it was
     */
    public void restore(Checkpoint checkpoint, Path state, Runnable starting)
            throws InterruptedException {
        calls.begin();
        boolean entered = false;
        try {
            lanes.enter(Lane.STATE);
            entered = true;
            try (Turn turn = lock.turn()) {
                long number = restores.begin();
                restore(turn, checkpoint, state, starting);
                restores.done(number, checkpoint.inWords());
                var _ = sandbox.takeNotice(""); // earlier notices no longer apply
                hint.set(null);
            }
        } finally {
            if (entered) {
                lanes.leave(Lane.STATE);
            }
            calls.end();
        }
    }

    private void restore(Turn turn, Checkpoint checkpoint, Path state, Runnable starting)
            throws InterruptedException {
        ComputerState now = sandbox.refresh(turn);
        sandbox.checkNotGone();
        if (now instanceof Live live && live.past().lineage().contains(checkpoint.machine())) {
            try {
                live.sandbox().await().restore(state);
            } catch (SandboxLostException e) {
                throw lost(live.sandbox(), e);
            }
        } else {
            starting.run();
            replace(turn, checkpoint, state);
        }
    }

    private void replace(Turn turn, Checkpoint checkpoint, Path state) throws InterruptedException {
        SandboxConfig now = config.get();
        ManagedSandbox next = supply.resumed(state, now, supply.reserve(now));
        Optional<ManagedSandbox> before;
        try {
            sandbox.setReplacement(turn, next);
            next.await();
            before = sandbox.replace(turn, next, checkpoint.lineage());
        } catch (InterruptedException | RuntimeException e) {
            next.close("was not needed");
            throw e;
        } finally {
            sandbox.clearReplacement(turn);
        }
        before.ifPresent(
                managed -> managed.close("was put back to checkpoint " + checkpoint.inWords()));
    }

    /**
     * Starts the computer as a fork. Must be called once, before any other method.
     *
     * @param room the sandbox's resources; this method takes ownership
     * @throws SandboxException if the fork does not start
     */
    public void begin(Path state, List<String> ancestors, Reservation room)
            throws InterruptedException {
        ManagedSandbox managed = supply.resumed(state, config.get(), room);
        try {
            try (Turn turn = lock.turn()) {
                Optional<ManagedSandbox> _ = sandbox.replace(turn, managed, ancestors);
            }
            managed.await();
        } catch (InterruptedException | RuntimeException e) {
            managed.close("was not needed");
            throw e;
        }
    }

    /**
     * Takes over the state that an earlier process has left. Must be called once, before any other
     * method.
     */
    public void begin(SessionFile.ComputerRecord earlier) {
        try (Turn turn = lock.tryTurn().orElseThrow()) {
            sandbox.takeOver(turn, earlier, directory.suspendedState(id));
        }
    }

    /** As {@link IdlePolicy#sweep}. */
    public void sweep() {
        idlePolicy.sweep();
    }

    /** As {@link IdlePolicy#suspendForStop}. */
    void suspendForStop() {
        idlePolicy.suspendForStop();
    }

    /** As {@link CurrentSandbox#born}. */
    Optional<Instant> born() {
        return sandbox.born();
    }

    /** As {@link CurrentSandbox#record}. */
    SessionFile.ComputerRecord record() {
        return sandbox.record();
    }

    /** Closes the sandbox for good. Returns when all its writes to disk have ended. */
    public void end(String reason) {
        lock.close(ENDED);
        sandbox.end(reason);
        lock.awaitQuiet();
    }

    List<ComputerSummary> family() {
        return family.get();
    }

    /** The remaining lifetime of the computer. */
    Duration remaining(Past past) {
        return sandbox.remaining(past);
    }

    /**
     * The limits of the namespace and what is used of them, for people; empty if there are none.
     */
    List<String> quota() {
        List<String> words = new ArrayList<>(supply.account().inWords());
        directory.disk().inWords().ifPresent(words::add);
        return words;
    }

    Terms terms() {
        return terms.get();
    }

    /** The state in a word or two, for people. */
    String state() {
        return sandbox.state();
    }

    /** Whether its first call has come. */
    boolean hasBegun() {
        return sandbox.hasBegun();
    }

    boolean isGone() {
        return sandbox.isGone();
    }
}
