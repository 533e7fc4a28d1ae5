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
import dev.microsandbox.mcp.session.disk.SessionFile;
import dev.microsandbox.mcp.session.disk.SessionRecord;
import dev.microsandbox.mcp.session.limits.SandboxLimits;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.session.supply.Capacity;
import dev.microsandbox.mcp.session.supply.ManagedSandbox;
import dev.microsandbox.mcp.session.supply.SandboxSupply;
import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sandbox that a computer is at the moment, if any: carries out what the changes of its state
 * mean for machines and for the disk, in the order that makes a kill harmless. Thread-safe; {@link
 * StateCell} has the rule of the locks.
 */
public final class CurrentSandbox {

    private static final Logger log = LoggerFactory.getLogger(CurrentSandbox.class);

    /** Why a computer is lost that ran when the server was killed. */
    private static final String KILLED = "was lost because the server ended unexpectedly";

    private final String id;
    private final SandboxConfig config;
    private final SandboxSupply supply;
    private final SandboxLimits limits;
    private final SessionClock clock;
    private final SessionRecord record;
    private final TurnLock lock;
    private final Transitions transitions;
    private final StateCell cell;

    /**
     * One that has not been started.
     *
     * @param record told of each change that the disk has to know of
     */
    CurrentSandbox(
            String id,
            SandboxConfig config,
            SandboxSupply supply,
            SandboxLimits limits,
            SessionClock clock,
            SessionRecord record,
            TurnLock lock) {
        this.id = id;
        this.config = config;
        this.supply = supply;
        this.limits = limits;
        this.clock = clock;
        this.record = record;
        this.lock = lock;
        transitions = new Transitions(id);
        cell = new StateCell(lock, transitions);
    }

    /**
     * The sandbox that runs or starts; else one is ordered, or woken.
     *
     * @throws SessionException if there will be none, or is no room for one
     */
    WithSandbox get(Turn turn) throws InterruptedException {
        return switch (settle(turn)) {
            case WithSandbox now -> now;
            case NotStarted _, Lost _ -> order(turn);
            case Suspended sleeper -> wake(turn, sleeper);
            case Gone gone -> throw transitions.gone(gone);
            case Ended _ -> throw new SessionException(Computer.ENDED);
            case Withdrawing now -> throw new IllegalStateException(now + " at a turn's begin");
        };
    }

    private WithSandbox order(Turn turn) throws InterruptedException {
        ManagedSandbox sandbox = supply.fresh(config);
        WithSandbox now = use(turn, new StateEvent.Order(sandbox, clock.nanos()), sandbox);
        record.update();
        return now;
    }

    private WithSandbox wake(Turn turn, Suspended sleeper) throws InterruptedException {
        Capacity.Reservation room = supply.reserve(config);
        try {
            withdraw(turn);
        } catch (SessionException e) {
            room.release();
            throw e;
        }
        ManagedSandbox sandbox = supply.resumed(sleeper.image().state(), config, room);
        return use(turn, new StateEvent.Wake(sandbox), sandbox);
    }

    private WithSandbox use(Turn turn, StateEvent.Decision decision, ManagedSandbox sandbox) {
        try {
            return (WithSandbox) cell.decide(turn, decision).after();
        } catch (SessionException e) {
            sandbox.close("was not needed");
            throw e;
        }
    }

    /**
     * What sleeps is not offered any more, before its machine goes on.
     *
     * @throws SessionException if the disk would still offer it; it sleeps on
     */
    private void withdraw(Turn turn) {
        cell.decide(turn, new StateEvent.Withdraw());
        if (!record.update()) {
            cell.decide(turn, new StateEvent.SleepOn());
            throw new SessionException(
                    "The computer sleeps and cannot be woken: nothing can be written on the server's disk, which its operator has to look after. Nothing is lost; repeat the call later.");
        }
    }

    /** Takes note of what has become of the sandbox; to be called first in every turn. */
    ComputerState settle(Turn turn) {
        noteThatItRuns();
        if (cell.state() instanceof WithSandbox now && now.sandbox().isDead()) {
            ManagedSandbox dead = now.sandbox();
            Optional<SandboxException> failure = dead.failure();
            if (failure.isPresent()) {
                notStarted(dead, failure.get());
            } else {
                cell.observe(new StateEvent.SandboxLost(dead, "ended unexpectedly"));
            }
            dead.close("ended unexpectedly");
            record.update();
        }
        ComputerState settled = cell.state();
        cell.clean(turn);
        return settled;
    }

    private void noteThatItRuns() {
        if (cell.state() instanceof WithSandbox now && now.sandbox().isRunning()) {
            cell.observe(new StateEvent.Ran(now.sandbox(), clock.now()));
        }
    }

    private Change notStarted(ManagedSandbox sandbox, SandboxException e) {
        Change change =
                cell.observe(
                        new StateEvent.StartFailed(
                                sandbox,
                                e instanceof CheckpointException,
                                String.valueOf(e.getMessage())));
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
     * @return null if another has to be asked for, because this one did not wake
     * @throws SandboxException if it does not start
     */
    @Nullable Sandbox await(ManagedSandbox sandbox) throws InterruptedException {
        Sandbox running;
        try {
            running = sandbox.await();
        } catch (SandboxException e) {
            Change change = notStarted(sandbox, e);
            record.update();
            // If nothing has changed, another call that waited too has found that out before.
            if (isGivenUp(change) || (change.isNone() && e instanceof CheckpointException)) {
                return null;
            }
            throw e;
        }
        cell.observe(new StateEvent.Ran(sandbox, clock.now()));
        if (cell.isToBeCleaned()) {
            // Else whoever has the turn, or has it next, does that.
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
     * Refuses a fork that is lost.
     *
     * @throws SessionException if it is
     */
    void checkUsable() {
        if (cell.state() instanceof Gone gone) {
            throw transitions.gone(gone);
        }
    }

    /**
     * Another sandbox takes the place of the current one, if any, or of the one that sleeps.
     *
     * @param ancestors the lineage of the checkpoint that it goes on from
     * @return the one before
     * @throws SessionException if the session has ended, or the disk would still offer the one that
     *     sleeps; nothing is changed then
     */
    Optional<ManagedSandbox> replace(Turn turn, ManagedSandbox next, List<String> ancestors) {
        boolean slept = cell.state() instanceof Suspended;
        if (slept) {
            withdraw(turn);
        }
        Change change = cell.decide(turn, new StateEvent.Replace(next, ancestors, clock.nanos()));
        if (!slept) {
            record.update();
        }
        cell.clean(turn);
        return change.before() instanceof WithSandbox before
                ? Optional.of(before.sandbox())
                : Optional.empty();
    }

    /** As {@link StateCell#expect}. */
    void expect(Turn turn, ManagedSandbox next) {
        cell.expect(turn, next);
    }

    /** As {@link StateCell#expectNone}. */
    void expectNone(Turn turn) {
        cell.expectNone(turn);
    }

    /**
     * The sandbox is about to be saved.
     *
     * @return false if it is not there any more
     */
    boolean beginSuspension(Turn turn, ManagedSandbox sandbox) {
        return cell.decide(turn, new StateEvent.BeginSuspension(sandbox)).after()
                instanceof Suspending;
    }

    /**
     * It sleeps from now on, with all of its state on the disk; the caller closes the sandbox.
     *
     * @return false if that is not the current one any more
     */
    boolean fallAsleep(Turn turn, ManagedSandbox sandbox, SuspendedImage image) {
        Change change = cell.decide(turn, new StateEvent.FallAsleep(sandbox, image));
        if (change.isNone()) {
            return false;
        }
        record.update();
        return true;
    }

    /** It could not be saved, and goes on if it is there still. */
    void stayAwake(Turn turn, ManagedSandbox sandbox) {
        cell.decide(turn, new StateEvent.StayAwake(sandbox));
    }

    /** Goes on as an earlier process has left it. */
    void goOn(Turn turn, SessionFile.Remains remains, Path place) {
        Optional<String> loss = remains.loss().map(SessionFile.Loss::reason);
        WithoutSandbox state;
        if (remains.sleeper().isPresent() && (loss.isEmpty() || id.isEmpty())) {
            SessionFile.Sleeper sleeper = remains.sleeper().get();
            long age = Duration.between(sleeper.born(), clock.now()).toNanos();
            Notice untold = loss.<Notice>map(Notice.Loss::new).orElse(Notice.none());
            state =
                    new Suspended(
                            new SuspendedImage(place, sleeper.since()),
                            new Past(clock.nanos() - age, sleeper.lineage(), untold));
        } else if (loss.isPresent()) {
            state = id.isEmpty() ? new Lost(loss.get()) : new Gone(loss.get());
        } else {
            state = new NotStarted();
        }
        cell.decide(turn, new StateEvent.GoOn(state));
    }

    /** Closes {@code sandbox} and lets the next call know why it finds another. */
    void forget(ManagedSandbox sandbox, String reason) {
        if (!cell.observe(new StateEvent.SandboxLost(sandbox, reason)).isNone()) {
            record.update();
        }
        sandbox.close(reason);
    }

    /** What sleeps is lost. */
    void loseSleeper(Turn turn, String reason) {
        cell.decide(turn, new StateEvent.LoseSleeper(reason));
        record.update();
        cell.clean(turn);
    }

    /** There is none from now on, and none comes; what sleeps sleeps on. */
    void end(String reason) {
        cell.end().forEach(sandbox -> sandbox.close(reason));
    }

    /**
     * What becomes of it if the server's process ends now: what runs, or is about to, is lost. Else
     * it sleeps on, and what is lost has not been told yet, or is lost for ever.
     */
    SessionFile.Remains remains() {
        return remains(cell.state());
    }

    private SessionFile.Remains remains(ComputerState state) {
        return switch (state) {
            case WithSandbox _, Withdrawing _ -> remains(Optional.empty(), Optional.of(KILLED));
            case Suspended(SuspendedImage image, Past past) ->
                    remains(
                            Optional.of(
                                    new SessionFile.Sleeper(
                                            id, born(past), image.since(), past.lineage())),
                            past.untold().loss());
            case Lost(String reason) -> remains(Optional.empty(), Optional.of(reason));
            case Gone(String reason) -> remains(Optional.empty(), Optional.of(reason));
            case NotStarted _ -> remains(Optional.empty(), Optional.empty());
            case Ended(WithoutSandbox last) -> remains(last);
        };
    }

    private SessionFile.Remains remains(
            Optional<SessionFile.Sleeper> sleeper, Optional<String> loss) {
        return new SessionFile.Remains(
                sleeper, loss.map(reason -> new SessionFile.Loss(id, reason)));
    }

    /** Since when there has been a computer; empty if there is none. */
    Optional<Instant> born() {
        return cell.state().history().map(this::born);
    }

    private Instant born(Past past) {
        return clock.now().minus(age(past));
    }

    /**
     * What the next call has to be told; once.
     *
     * @param rescue what a loss can be made good with
     */
    Optional<String> takeNotice(String rescue) {
        return cell.takeNotice().text(rescue);
    }

    boolean isGone() {
        ComputerState state = cell.state();
        return (state instanceof Ended(WithoutSandbox last) ? last : state) instanceof Gone;
    }

    /** How long it has been there, its sleep included. */
    private Duration age(Past past) {
        return Duration.ofNanos(clock.nanos() - past.born());
    }

    /** Whether it has been there for as long as it may. */
    boolean isTooOld(ComputerState state) {
        return state.history().map(this::remaining).orElse(limits.lifetime()).isZero();
    }

    /** How much of a lifetime is left. */
    Duration remaining(Past past) {
        Duration left = limits.lifetime().minus(age(past));
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** In a word, how it is. */
    String state() {
        return cell.state().inWords();
    }
}
