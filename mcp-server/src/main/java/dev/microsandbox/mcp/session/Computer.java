package dev.microsandbox.mcp.session;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxLostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A computer of a session: what an agent sees. Thread-safe. */
final class Computer {

    static final String ENDED = "The session has ended.";

    private final String id;
    private final SandboxConfig config;
    private final SandboxSupply supply;
    private final SandboxLimits limits;
    private final SessionDirectory directory;
    private final Checkpoints checkpoints;
    private final Supplier<List<ComputerSummary>> family;
    private final Lanes lanes = new Lanes();
    private final Hold hold = new Hold();
    private final RestoreEpoch restores = new RestoreEpoch();
    private final CurrentSandbox sandbox;
    private final CallCount calls;
    private final IdlePolicy idlePolicy;
    private final AtomicReference<@Nullable String> hint = new AtomicReference<>();

    /**
     * A computer that starts with its first call.
     *
     * @param id its name in its session; empty for the session's own
     * @param family the computers of its session
     */
    Computer(
            String id,
            SandboxConfig config,
            SandboxSupply supply,
            SandboxLimits limits,
            SessionClock clock,
            SessionDirectory directory,
            SessionRecord record,
            Checkpoints checkpoints,
            Supplier<List<ComputerSummary>> family) {
        this.id = id;
        this.config = config;
        this.supply = supply;
        this.limits = limits;
        this.directory = directory;
        this.checkpoints = checkpoints;
        this.family = family;
        sandbox = new CurrentSandbox(id, config, supply, limits, clock, record);
        calls = new CallCount(clock);
        idlePolicy =
                new IdlePolicy(
                        hold,
                        sandbox,
                        new Suspension(id, sandbox, directory, clock.wall()),
                        calls,
                        limits);
    }

    String id() {
        return id;
    }

    /**
     * Waits for its turn, then for the sandbox, which is started or woken where none runs.
     *
     * @param starting called once if the sandbox does not run yet
     */
    SandboxLease acquire(Lane lane, Runnable starting) throws InterruptedException {
        calls.begin();
        boolean entered = false;
        try {
            long arrived = restores.begun();
            lanes.enter(lane);
            entered = true;
            boolean told = false;
            while (true) {
                ManagedSandbox start = currentOrNew(arrived);
                if (!start.isRunning() && !told) {
                    told = true;
                    starting.run();
                }
                Sandbox running = sandbox.await(start);
                if (running != null) {
                    return new SandboxLease(this, lane, start, running, arrived);
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

    private ManagedSandbox currentOrNew(long arrived) throws InterruptedException {
        hold.take();
        try {
            sandbox.checkUsable();
            Optional<String> restored = restores.since(arrived);
            if (restored.isPresent()) {
                throw new SessionException(
                        "The computer was put back to checkpoint %s while this call waited; the call did nothing. Repeat it if it is still wanted."
                                .formatted(restored.get()));
            }
            return sandbox.get();
        } finally {
            hold.letGo();
        }
    }

    void release(Lane lane) {
        lanes.leave(lane);
        calls.end();
    }

    /** As {@link Hold#save}. */
    Hold.Saving saving() {
        return hold.save();
    }

    /** What the next call has to be told; once. */
    Optional<String> takeNotice() {
        return sandbox.takeNotice(rescue());
    }

    /** Leaves a hint for the next call that has a result; in place of one that is there. */
    void leaveHint(String text) {
        hint.set(text);
    }

    /** What a call before has left for this one. */
    Optional<String> takeHint() {
        return Optional.ofNullable(hint.getAndSet(null));
    }

    /** What a loss can be made good with. */
    private String rescue() {
        List<Checkpoint> all = checkpoints.list();
        return all.isEmpty()
                ? ""
                : " The tool restore brings back checkpoint %s.".formatted(all.getLast().inWords());
    }

    /** A call found its sandbox gone: the error to give it. */
    SandboxLostException lost(ManagedSandbox start, SandboxLostException cause) {
        String closed = start.closeReason();
        sandbox.forget(start, closed != null ? closed : "died (" + cause.getMessage() + ")");
        String what = closed != null ? closed : "died during this call: " + cause.getMessage();
        var error =
                new SandboxLostException(
                        "The sandbox %s\nIts variables, files and processes are gone. %s"
                                .formatted(
                                        what,
                                        id.isEmpty()
                                                ? "The next call starts a new one." + rescue()
                                                : "It was computer %s; make another with fork."
                                                        .formatted(id)));
        error.initCause(cause);
        return error;
    }

    /**
     * To which checkpoint it was put back since a call arrived. If that is being done, and the call
     * has failed by it, waits until it is clear whether it succeeds.
     */
    Optional<String> awaitRestoredSince(long arrived) throws InterruptedException {
        hold.awaitFree();
        return restores.since(arrived);
    }

    /**
     * Puts the computer back to a checkpoint: in place where its sandbox comes from it, else by
     * another sandbox in its place. Does not wait for calls: they fail.
     *
     * @param state the checkpoint's files
     * @throws SandboxException if that cannot be done; unless it says that the sandbox is lost, the
     *     computer goes on as it was
     */
    void restore(Checkpoint checkpoint, Path state, Runnable starting) throws InterruptedException {
        calls.begin();
        boolean entered = false;
        try {
            lanes.enter(Lane.STATE);
            entered = true;
            hold.take();
            try {
                long number = restores.begin();
                restoreHeld(checkpoint, state, starting);
                restores.done(number, checkpoint.inWords());
                sandbox.clearNotices();
                hint.set(null);
            } finally {
                hold.letGo();
            }
        } finally {
            if (entered) {
                lanes.leave(Lane.STATE);
            }
            calls.end();
        }
    }

    private void restoreHeld(Checkpoint checkpoint, Path state, Runnable starting)
            throws InterruptedException {
        ManagedSandbox start = sandbox.settle();
        sandbox.checkUsable();
        if (start != null
                && start.isRunning()
                && sandbox.lineage().contains(checkpoint.machine())) {
            try {
                start.await().restore(state);
            } catch (SandboxLostException e) {
                throw lost(start, e);
            }
        } else {
            starting.run();
            replace(checkpoint, state);
        }
    }

    private void replace(Checkpoint checkpoint, Path state) throws InterruptedException {
        ManagedSandbox next = supply.resumed(state, config, supply.reserve(config));
        Optional<ManagedSandbox> before;
        try {
            sandbox.expect(next);
            next.await();
            before = sandbox.replace(next, checkpoint.lineage());
        } catch (InterruptedException | RuntimeException e) {
            next.close("was not needed");
            throw e;
        } finally {
            sandbox.expect(null);
        }
        before.ifPresent(
                start -> start.close("was put back to checkpoint " + checkpoint.inWords()));
    }

    /**
     * Begins as a fork; to be called once, before anything else.
     *
     * @param room this method's from now on
     * @throws SandboxException if it does not start
     */
    void begin(Path state, List<String> ancestors, Capacity.Reservation room)
            throws InterruptedException {
        ManagedSandbox start = supply.resumed(state, config, room);
        try {
            Optional<ManagedSandbox> _ = sandbox.replace(start, ancestors);
            start.await();
        } catch (InterruptedException | RuntimeException e) {
            start.close("was not needed");
            throw e;
        }
    }

    /** Begins as one that sleeps; to be called once, before anything else. */
    void begin(SessionFile.Sleeper sleeper) {
        sandbox.sleep(
                new SuspendedImage(directory.sleeper(id), sleeper.since()),
                sleeper.born(),
                sleeper.lineage());
    }

    /** Begins as one that is lost; to be called once, before anything else. */
    void beginLost(String reason) {
        sandbox.lose(reason);
    }

    /** As {@link IdlePolicy#sweep}. */
    void sweep() {
        idlePolicy.sweep();
    }

    /** As {@link IdlePolicy#untilTheNextStart}. */
    void restUntilTheNextStart() {
        idlePolicy.untilTheNextStart();
    }

    /** As {@link CurrentSandbox#born}. */
    Optional<Instant> born() {
        return sandbox.born();
    }

    /** As {@link CurrentSandbox#remains}. */
    SessionFile.Remains remains() {
        return sandbox.remains();
    }

    /** Closes the sandbox for good. Returns when nothing of it writes to the disk any more. */
    void end(String reason) {
        hold.close(ENDED);
        sandbox.end(reason);
        hold.awaitQuiet();
    }

    List<ComputerSummary> family() {
        return family.get();
    }

    /** The machines that the current sandbox comes from. */
    List<String> lineage() {
        return sandbox.lineage();
    }

    /** How much of its lifetime the computer has left. */
    Duration remaining() {
        return sandbox.remaining();
    }

    Duration idleTimeout() {
        return limits.idleTimeout();
    }

    /** In a word, how it is. */
    String state() {
        return sandbox.state();
    }

    boolean isGone() {
        return sandbox.isGone();
    }
}
