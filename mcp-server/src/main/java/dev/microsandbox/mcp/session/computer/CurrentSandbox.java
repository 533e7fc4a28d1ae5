package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.computer.ComputerState.Ended;
import dev.microsandbox.mcp.session.computer.ComputerState.Gone;
import dev.microsandbox.mcp.session.computer.ComputerState.Lost;
import dev.microsandbox.mcp.session.computer.ComputerState.NotStarted;
import dev.microsandbox.mcp.session.computer.ComputerState.Suspended;
import dev.microsandbox.mcp.session.computer.ComputerState.Suspending;
import dev.microsandbox.mcp.session.computer.ComputerState.Waking;
import dev.microsandbox.mcp.session.computer.ComputerState.WithSandbox;
import dev.microsandbox.mcp.session.computer.ComputerState.Withdrawing;
import dev.microsandbox.mcp.session.computer.ComputerState.WithoutSandbox;
import dev.microsandbox.mcp.session.computer.StateCell.Change;
import dev.microsandbox.mcp.session.computer.TurnLock.Turn;
import dev.microsandbox.mcp.session.disk.DiskAccount;
import dev.microsandbox.mcp.session.disk.SessionDirectory;
import dev.microsandbox.mcp.session.disk.SessionFile;
import dev.microsandbox.mcp.session.disk.SessionRecord;
import dev.microsandbox.mcp.session.limits.Lifespan;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.session.supply.ManagedSandbox;
import dev.microsandbox.mcp.session.supply.Reservation;
import dev.microsandbox.mcp.session.supply.SandboxSupply;
import dev.microsandbox.mcp.text.ClientText;
import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The current sandbox of a computer, if any. It carries out what changes of the computer's state
 * mean for machines and for the disk, in an order that makes a kill at any moment harmless.
 * Thread-safe; {@link StateCell} documents the rules for the two locks.
 */
public final class CurrentSandbox {

    private static final Logger log = LoggerFactory.getLogger(CurrentSandbox.class);

    /** The reason for the loss of a computer that ran when the server was killed. */
    private static final String KILLED = "was lost because the server ended unexpectedly";

    private final String id;
    private final Supplier<SandboxConfig> config;
    private final SandboxSupply supply;
    private final Supplier<Lifespan> lifespan;
    private final SessionClock clock;
    private final SessionRecord record;
    private final TurnLock lock;
    private final Transitions transitions;
    private final StateCell cell;
    private volatile boolean ordered;

    /**
     * Creates a computer's sandbox, which is not started.
     *
     * @param config the configuration of a sandbox that starts now
     * @param lifespan how long the sandbox may live, which may change
     * @param record updated after each change that must reach the disk
     */
    CurrentSandbox(
            String id,
            Supplier<SandboxConfig> config,
            SandboxSupply supply,
            Supplier<Lifespan> lifespan,
            SessionClock clock,
            SessionRecord record,
            TurnLock lock) {
        this.id = id;
        this.config = config;
        this.supply = supply;
        this.lifespan = lifespan;
        this.clock = clock;
        this.record = record;
        this.lock = lock;
        transitions = new Transitions(id);
        cell = new StateCell(lock, transitions);
    }

    /**
     * Returns the sandbox that runs or is starting. If there is none, starts or wakes one.
     *
     * @throws SessionException if the computer has ended or is gone, or there is no room for a
     *     sandbox
     */
    WithSandbox get(Turn turn) throws InterruptedException {
        return switch (refresh(turn)) {
            case WithSandbox now -> now;
            case NotStarted _, Lost _ -> order(turn);
            case Suspended suspended -> wake(turn, suspended);
            case Gone gone -> throw transitions.gone(gone);
            case Ended _ -> throw new SessionException(Computer.ENDED);
            case Withdrawing now ->
                    throw new IllegalStateException(now + " at the beginning of a turn");
        };
    }

    private WithSandbox order(Turn turn) throws InterruptedException {
        ManagedSandbox sandbox = supply.fresh(config.get());
        ordered = true;
        WithSandbox now = use(turn, new StateEvent.Order(sandbox, clock.nanos()), sandbox);
        record.update();
        return now;
    }

    private WithSandbox wake(Turn turn, Suspended suspended) throws InterruptedException {
        SandboxConfig now = config.get();
        Reservation room = supply.reserve(now);
        try {
            withdraw(turn);
        } catch (RuntimeException e) {
            room.release();
            throw e;
        }
        ManagedSandbox sandbox = supply.resumed(suspended.image().state(), now, room);
        return use(turn, new StateEvent.Wake(sandbox), sandbox);
    }

    private WithSandbox use(Turn turn, StateEvent.Decision decision, ManagedSandbox sandbox) {
        try {
            return (WithSandbox) cell.decide(turn, decision).after();
        } catch (RuntimeException e) {
            sandbox.close("was not needed");
            throw e;
        }
    }

    /**
     * Removes a suspended computer from the record before its machine continues to run.
     *
     * @throws SessionException if the record on disk would still offer it; the computer stays
     *     suspended
     */
    private void withdraw(Turn turn) {
        cell.decide(turn, new StateEvent.Withdraw());
        if (!record.update()) {
            cell.decide(turn, new StateEvent.StaySuspended());
            throw new SessionException(
                    "The computer sleeps and cannot be woken: nothing can be written on the server's disk, which its operator has to look after. Nothing is lost; repeat the call later.");
        }
    }

    /**
     * Updates the state to what has happened to the sandbox since the last turn. Must be called
     * first in every turn.
     */
    ComputerState refresh(Turn turn) {
        recordRunning();
        if (cell.state() instanceof WithSandbox now && now.sandbox().isDead()) {
            ManagedSandbox dead = now.sandbox();
            Optional<SandboxException> failure = dead.failure();
            if (failure.isPresent()) {
                recordStartFailure(dead, failure.get());
            } else {
                cell.observe(new StateEvent.SandboxLost(dead, "ended unexpectedly"));
            }
            dead.close("ended unexpectedly");
            record.update();
        }
        ComputerState refreshed = cell.state();
        cell.clean(turn);
        return refreshed;
    }

    private void recordRunning() {
        if (cell.state() instanceof WithSandbox now && now.sandbox().isRunning()) {
            cell.observe(new StateEvent.SeenRunning(now.sandbox(), clock.now()));
        }
    }

    private Change recordStartFailure(ManagedSandbox sandbox, SandboxException e) {
        Change change =
                cell.observe(
                        new StateEvent.StartFailed(
                                sandbox,
                                e instanceof CheckpointException,
                                ClientText.of(e.getMessage())));
        if (isGivenUp(change)) {
            if (e instanceof CheckpointException) {
                log.warn("A suspended sandbox does not wake: {}", e.getMessage());
            } else {
                log.warn("A suspended sandbox does not wake", e);
            }
        }
        return change;
    }

    private static boolean isGivenUp(Change change) {
        return change.before() instanceof Waking
                && (change.after() instanceof Lost || change.after() instanceof Gone);
    }

    /**
     * Waits until a sandbox runs.
     *
     * @return null if the sandbox did not wake, and the caller must get another one
     * @throws SandboxException if the sandbox does not start
     */
    @Nullable Sandbox await(ManagedSandbox sandbox) throws InterruptedException {
        Sandbox running;
        try {
            running = sandbox.await();
        } catch (SandboxException e) {
            Change change = recordStartFailure(sandbox, e);
            record.update();
            // If nothing has changed, another waiting call has already recorded the failure.
            if (isGivenUp(change) || (change.isNone() && e instanceof CheckpointException)) {
                return null;
            }
            throw e;
        }
        cell.observe(new StateEvent.SeenRunning(sandbox, clock.now()));
        if (cell.hasObsoleteImage()) {
            // If the turn is taken, its holder or the next one removes the image.
            lock.tryTurn().ifPresent(this::clean);
        }
        return running;
    }

    private void clean(Turn turn) {
        try (turn) {
            cell.clean(turn);
        }
    }

    /**
     * Checks that the computer is not a lost fork.
     *
     * @throws SessionException if it is
     */
    void checkNotGone() {
        if (cell.state() instanceof Gone gone) {
            throw transitions.gone(gone);
        }
    }

    /**
     * Replaces the current sandbox, if any, or the suspended state with another sandbox.
     *
     * @param ancestors the lineage of the checkpoint from which the new sandbox resumes
     * @return the previous sandbox
     * @throws SessionException if the session has ended, or the record on disk would still offer
     *     the suspended state; nothing has changed then
     */
    Optional<ManagedSandbox> replace(Turn turn, ManagedSandbox next, List<String> ancestors) {
        boolean wasSuspended = cell.state() instanceof Suspended;
        if (wasSuspended) {
            withdraw(turn);
        }
        Change change = cell.decide(turn, new StateEvent.Replace(next, ancestors, clock.nanos()));
        if (!wasSuspended) {
            record.update();
        }
        cell.clean(turn);
        return change.before() instanceof WithSandbox before
                ? Optional.of(before.sandbox())
                : Optional.empty();
    }

    /** As {@link StateCell#setReplacement}. */
    void setReplacement(Turn turn, ManagedSandbox next) {
        cell.setReplacement(turn, next);
    }

    /** As {@link StateCell#clearReplacement}. */
    void clearReplacement(Turn turn) {
        cell.clearReplacement(turn);
    }

    /** Reserves the disk space of the sandbox's state, as {@link SessionDirectory#reserve}. */
    DiskAccount.Room reserveDisk(SessionDirectory directory) throws InterruptedException {
        return directory.reserve(config.get().memoryBytes());
    }

    /**
     * Marks the sandbox as about to be saved.
     *
     * @return false if the sandbox no longer exists
     */
    boolean beginSuspension(Turn turn, ManagedSandbox sandbox) {
        return cell.decide(turn, new StateEvent.BeginSuspension(sandbox)).after()
                instanceof Suspending;
    }

    /**
     * Marks the computer as suspended, with all of its state on disk. The caller then closes the
     * sandbox.
     *
     * @return false if this sandbox is no longer the current one
     */
    boolean markSuspended(Turn turn, ManagedSandbox sandbox, SuspendedImage image) {
        Change change = cell.decide(turn, new StateEvent.Suspend(sandbox, image));
        if (change.isNone()) {
            return false;
        }
        record.update();
        return true;
    }

    /** Returns to the live state after the sandbox could not be saved, unless it has died. */
    void stayLive(Turn turn, ManagedSandbox sandbox) {
        cell.decide(turn, new StateEvent.StayLive(sandbox));
    }

    /** Takes over the state that an earlier process has left. */
    void takeOver(Turn turn, SessionFile.ComputerRecord earlier, Path place) {
        Optional<String> loss = earlier.lost().map(SessionFile.LostComputer::reason);
        WithoutSandbox state;
        if (earlier.suspended().isPresent() && (loss.isEmpty() || id.isEmpty())) {
            SessionFile.SuspendedComputer saved = earlier.suspended().get();
            long age = Duration.between(saved.born(), clock.now()).toNanos();
            Notice pendingNotice = loss.<Notice>map(Notice.SandboxLoss::new).orElse(Notice.none());
            state =
                    new Suspended(
                            new SuspendedImage(place, saved.since()),
                            new Past(clock.nanos() - age, saved.lineage(), pendingNotice));
        } else if (loss.isPresent()) {
            state = id.isEmpty() ? new Lost(loss.get()) : new Gone(loss.get());
        } else {
            state = new NotStarted();
        }
        cell.decide(turn, new StateEvent.TakeOver(state));
    }

    /**
     * Closes {@code sandbox}, and leaves a notice that tells the next call why it gets another one.
     */
    void forget(ManagedSandbox sandbox, String reason) {
        if (!cell.observe(new StateEvent.SandboxLost(sandbox, reason)).isNone()) {
            record.update();
        }
        sandbox.close(reason);
    }

    /** Gives up the suspended state: the computer is lost. */
    void loseSuspended(Turn turn, String reason) {
        cell.decide(turn, new StateEvent.LoseSuspended(reason));
        record.update();
        cell.clean(turn);
    }

    /** Closes the sandbox for good. A suspended computer stays suspended. */
    void end(String reason) {
        cell.end().forEach(sandbox -> sandbox.close(reason));
    }

    /**
     * What remains of the computer if the server process ends now. A sandbox that runs or is
     * starting is lost. A suspended computer stays suspended. A loss remains if no call has been
     * told of it yet, or if the computer is gone for good.
     */
    SessionFile.ComputerRecord record() {
        return recordOf(cell.state());
    }

    private SessionFile.ComputerRecord recordOf(ComputerState state) {
        return switch (state) {
            case WithSandbox _, Withdrawing _ -> recordOf(Optional.empty(), Optional.of(KILLED));
            case Suspended(SuspendedImage image, Past past) ->
                    recordOf(
                            Optional.of(
                                    new SessionFile.SuspendedComputer(
                                            id, born(past), image.since(), past.lineage())),
                            past.pendingNotice().loss());
            case Lost(String reason) -> recordOf(Optional.empty(), Optional.of(reason));
            case Gone(String reason) -> recordOf(Optional.empty(), Optional.of(reason));
            case NotStarted _ -> recordOf(Optional.empty(), Optional.empty());
            case Ended(WithoutSandbox last) -> recordOf(last);
        };
    }

    private SessionFile.ComputerRecord recordOf(
            Optional<SessionFile.SuspendedComputer> suspended, Optional<String> loss) {
        return new SessionFile.ComputerRecord(
                suspended, loss.map(reason -> new SessionFile.LostComputer(id, reason)));
    }

    /** When the computer's lifetime began; empty if it has not begun. */
    Optional<Instant> born() {
        return cell.state().history().map(this::born);
    }

    private Instant born(Past past) {
        return clock.now().minus(age(past));
    }

    /**
     * Takes the notice for the next call. Each notice is returned once.
     *
     * @param recoveryHint a sentence that says how the agent can recover from a loss; may be empty
     */
    Optional<String> takeNotice(String recoveryHint) {
        return cell.takeNotice().text(recoveryHint);
    }

    /** Whether a sandbox was ever ordered, or one was taken over. */
    boolean hasBegun() {
        return ordered || !(cell.state() instanceof NotStarted);
    }

    boolean isGone() {
        ComputerState state = cell.state();
        return (state instanceof Ended(WithoutSandbox last) ? last : state) instanceof Gone;
    }

    /** The computer's age, including the time while it was suspended. */
    private Duration age(Past past) {
        return Duration.ofNanos(clock.nanos() - past.born());
    }

    /** Whether the computer has reached the end of its lifetime. */
    boolean isTooOld(ComputerState state) {
        return state.history().map(this::remaining).orElse(lifespan.get().lifetime()).isZero();
    }

    /** The remaining lifetime; never negative. */
    Duration remaining(Past past) {
        Duration left = lifespan.get().lifetime().minus(age(past));
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** The state in a word or two, for people. */
    String state() {
        return cell.state().inWords();
    }
}
