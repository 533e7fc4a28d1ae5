package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.computer.ComputerState.Ended;
import dev.microsandbox.mcp.session.computer.ComputerState.Gone;
import dev.microsandbox.mcp.session.computer.ComputerState.Live;
import dev.microsandbox.mcp.session.computer.ComputerState.Lost;
import dev.microsandbox.mcp.session.computer.ComputerState.NotStarted;
import dev.microsandbox.mcp.session.computer.ComputerState.Starting;
import dev.microsandbox.mcp.session.computer.ComputerState.Suspended;
import dev.microsandbox.mcp.session.computer.ComputerState.Suspending;
import dev.microsandbox.mcp.session.computer.ComputerState.Waking;
import dev.microsandbox.mcp.session.computer.ComputerState.WithSandbox;
import dev.microsandbox.mcp.session.computer.ComputerState.Withdrawing;
import dev.microsandbox.mcp.session.computer.ComputerState.WithoutSandbox;
import dev.microsandbox.mcp.session.computer.StateEvent.BeginSuspension;
import dev.microsandbox.mcp.session.computer.StateEvent.End;
import dev.microsandbox.mcp.session.computer.StateEvent.LoseSuspended;
import dev.microsandbox.mcp.session.computer.StateEvent.NoticeTaken;
import dev.microsandbox.mcp.session.computer.StateEvent.Order;
import dev.microsandbox.mcp.session.computer.StateEvent.Replace;
import dev.microsandbox.mcp.session.computer.StateEvent.SandboxLost;
import dev.microsandbox.mcp.session.computer.StateEvent.SeenRunning;
import dev.microsandbox.mcp.session.computer.StateEvent.StartFailed;
import dev.microsandbox.mcp.session.computer.StateEvent.StayLive;
import dev.microsandbox.mcp.session.computer.StateEvent.StaySuspended;
import dev.microsandbox.mcp.session.computer.StateEvent.Suspend;
import dev.microsandbox.mcp.session.computer.StateEvent.TakeOver;
import dev.microsandbox.mcp.session.computer.StateEvent.Wake;
import dev.microsandbox.mcp.session.computer.StateEvent.Withdraw;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.session.supply.ManagedSandbox;
import java.time.Duration;

/**
 * The state machine of a computer: computes the state after an event, without side effects. {@link
 * StateCell} stores the state. A decision after the computer's end is refused. A decision that the
 * state does not allow is a bug.
 *
 * @param computer the computer's id; empty for the session's own. Only the session's own computer
 *     gets a fresh sandbox after a loss
 */
record Transitions(String computer) {

    /**
     * Computes the state after an event.
     *
     * @throws SessionException if the computer has ended, or is gone for good
     * @throws IllegalStateException if the state does not allow the event
     */
    ComputerState next(ComputerState state, StateEvent event) {
        return switch (event) {
            case Order order -> order(state, order);
            case Withdraw withdraw -> withdraw(state, withdraw);
            case StaySuspended staySuspended -> staySuspended(state, staySuspended);
            case Wake wake -> wake(state, wake);
            case BeginSuspension begin -> beginSuspension(state, begin);
            case StayLive stay -> stayLive(state, stay);
            case Suspend suspend -> suspend(state, suspend);
            case Replace replace -> replace(state, replace);
            case LoseSuspended lose -> loseSuspended(state, lose);
            case TakeOver takeOver -> takeOver(state, takeOver);
            case SeenRunning seen -> seenRunning(state, seen);
            case StartFailed failed -> startFailed(state, failed);
            case SandboxLost lost -> isOf(state, lost.sandbox()) ? lost(lost.reason()) : state;
            case NoticeTaken _ -> told(state);
            case End _ -> end(state);
        };
    }

    private ComputerState order(ComputerState state, Order event) {
        return switch (state) {
            case NotStarted _ ->
                    new Starting(event.sandbox(), Past.begin(event.now(), Notice.none()));
            case Lost lost ->
                    new Starting(event.sandbox(), Past.begin(event.now(), lost.pendingNotice()));
            default -> throw refusal(state, event);
        };
    }

    private ComputerState withdraw(ComputerState state, Withdraw event) {
        return switch (state) {
            case Suspended(SuspendedImage image, Past past) -> new Withdrawing(image, past);
            default -> throw refusal(state, event);
        };
    }

    private ComputerState staySuspended(ComputerState state, StaySuspended event) {
        return switch (state) {
            case Withdrawing(SuspendedImage image, Past past) -> new Suspended(image, past);
            case Ended ended -> ended;
            default -> throw refusal(state, event);
        };
    }

    private ComputerState wake(ComputerState state, Wake event) {
        return switch (state) {
            case Withdrawing(SuspendedImage image, Past past) ->
                    new Waking(event.sandbox(), image, past);
            default -> throw refusal(state, event);
        };
    }

    private ComputerState beginSuspension(ComputerState state, BeginSuspension event) {
        return switch (state) {
            case Live(ManagedSandbox sandbox, Past past) when sandbox == event.sandbox() ->
                    new Suspending(sandbox, past);
            case NotStarted _, Lost _, Gone _, Ended _ ->
                    state; // the sandbox is gone in the meantime
            default -> throw refusal(state, event);
        };
    }

    private ComputerState stayLive(ComputerState state, StayLive event) {
        return switch (state) {
            case Suspending(ManagedSandbox sandbox, Past past) when sandbox == event.sandbox() ->
                    new Live(sandbox, past);
            case NotStarted _, Lost _, Gone _, Ended _ -> state;
            default -> throw refusal(state, event);
        };
    }

    private ComputerState suspend(ComputerState state, Suspend event) {
        return switch (state) {
            case Suspending(ManagedSandbox sandbox, Past past) when sandbox == event.sandbox() ->
                    new Suspended(event.image(), past);
            case NotStarted _, Lost _, Gone _, Ended _ -> state;
            default -> throw refusal(state, event);
        };
    }

    private ComputerState replace(ComputerState state, Replace event) {
        return switch (state) {
            case NotStarted _, Lost _ ->
                    new Starting(
                            event.sandbox(),
                            Past.beginWith(event.now(), event.ancestors(), state.pendingNotice()));
            case Starting(_, Past past) -> replaced(past, event);
            case Live(_, Past past) -> replaced(past, event);
            case Withdrawing(_, Past past) -> replaced(past, event);
            case Waking(_, _, Past past) -> replaced(past, event);
            default -> throw refusal(state, event);
        };
    }

    private static Starting replaced(Past past, Replace event) {
        return new Starting(event.sandbox(), past.resumedFrom(event.ancestors()));
    }

    private ComputerState loseSuspended(ComputerState state, LoseSuspended event) {
        return switch (state) {
            case Suspended _ -> lost(event.reason());
            case Ended ended -> ended;
            default -> throw refusal(state, event);
        };
    }

    private ComputerState takeOver(ComputerState state, TakeOver event) {
        return switch (state) {
            case NotStarted _ -> event.state();
            default -> throw refusal(state, event);
        };
    }

    private static ComputerState seenRunning(ComputerState state, SeenRunning event) {
        return switch (state) {
            case Starting(ManagedSandbox sandbox, Past past) when sandbox == event.sandbox() ->
                    new Live(sandbox, past);
            case Waking(ManagedSandbox sandbox, SuspendedImage image, Past past)
                    when sandbox == event.sandbox() ->
                    new Live(
                            sandbox,
                            past.afterSuspension(Duration.between(image.since(), event.now())));
            default -> state;
        };
    }

    /**
     * A sandbox that never ran is not a loss. A computer that failed to wake stays suspended,
     * unless it is given up.
     */
    private ComputerState startFailed(ComputerState state, StartFailed event) {
        return switch (state) {
            case Starting(ManagedSandbox sandbox, Past past) when sandbox == event.sandbox() ->
                    withoutSandbox(past);
            case Waking(ManagedSandbox sandbox, SuspendedImage image, Past past)
                    when sandbox == event.sandbox() -> {
                SuspendedImage tried = image.withFailedWake();
                yield event.damaged() || tried.isGivenUp()
                        ? lost("was suspended and could not be woken (" + event.why() + ")")
                        : new Suspended(tried, past);
            }
            default -> state;
        };
    }

    private static ComputerState told(ComputerState state) {
        return switch (state) {
            case Starting(ManagedSandbox sandbox, Past past) -> new Starting(sandbox, past.told());
            case Live(ManagedSandbox sandbox, Past past) -> new Live(sandbox, past.told());
            case Suspending(ManagedSandbox sandbox, Past past) ->
                    new Suspending(sandbox, past.told());
            case Suspended(SuspendedImage image, Past past) -> new Suspended(image, past.told());
            case Withdrawing(SuspendedImage image, Past past) ->
                    new Withdrawing(image, past.told());
            case Waking(ManagedSandbox sandbox, SuspendedImage image, Past past) ->
                    new Waking(sandbox, image, past.told());
            case Lost _ -> new NotStarted();
            case NotStarted _, Gone _, Ended _ -> state;
        };
    }

    private ComputerState end(ComputerState state) {
        return switch (state) {
            case Starting(_, Past past) -> new Ended(withoutSandbox(past));
            case Live(_, Past past) -> new Ended(withoutSandbox(past));
            case Suspending(_, Past past) -> new Ended(withoutSandbox(past));
            case Withdrawing(SuspendedImage image, Past past) ->
                    new Ended(new Suspended(image, past));
            case Waking(_, SuspendedImage image, Past past) ->
                    new Ended(new Suspended(image, past));
            case WithoutSandbox last -> new Ended(last);
            case Ended ended -> ended;
        };
    }

    private static boolean isOf(ComputerState state, ManagedSandbox sandbox) {
        return state instanceof WithSandbox now && now.sandbox() == sandbox;
    }

    /**
     * The state after a sandbox is gone without a new loss; an earlier loss that was not told
     * stays.
     */
    private WithoutSandbox withoutSandbox(Past past) {
        return past.pendingNotice().loss().map(this::lost).orElseGet(NotStarted::new);
    }

    /** The state after the sandbox and its state were lost. */
    private WithoutSandbox lost(String reason) {
        return computer.isEmpty() ? new Lost(reason) : new Gone(reason);
    }

    private RuntimeException refusal(ComputerState state, StateEvent event) {
        return switch (state) {
            case Ended _ -> new SessionException(Computer.ENDED);
            case Gone gone -> gone(gone);
            default -> new IllegalStateException(event + " while the computer is " + state);
        };
    }

    /** The error for a call to a lost fork. */
    SessionException gone(Gone gone) {
        return new SessionException(
                "Computer %s %s; its variables, files and processes are gone. Make another with fork, or leave the argument computer out for the session's own."
                        .formatted(computer, gone.reason()));
    }
}
