package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.supply.ManagedSandbox;
import java.util.Optional;

/** How a computer is. {@link Transitions} says how it changes. */
sealed interface ComputerState {

    /** There is a sandbox, which runs or is about to. */
    sealed interface WithSandbox extends ComputerState {
        ManagedSandbox sandbox();

        Past past();
    }

    /** There is none: what the disk can say of the computer. */
    sealed interface WithoutSandbox extends ComputerState {}

    /** Its first call orders a sandbox. */
    record NotStarted() implements WithoutSandbox {}

    /** The sandbox is ordered. */
    record Starting(ManagedSandbox sandbox, Past past) implements WithSandbox {}

    /** The sandbox runs. */
    record Live(ManagedSandbox sandbox, Past past) implements WithSandbox {}

    /** The sandbox runs and is being saved, to be closed then. */
    record Suspending(ManagedSandbox sandbox, Past past) implements WithSandbox {}

    /** Sleeps on the disk; its next call wakes it. */
    record Suspended(SuspendedImage image, Past past) implements WithoutSandbox {}

    /** Is about to wake or to be replaced: the disk is told that it does not sleep any more. */
    record Withdrawing(SuspendedImage image, Past past) implements ComputerState {}

    /** A sandbox that goes on from the image is ordered. Should it not start, it sleeps on. */
    record Waking(ManagedSandbox sandbox, SuspendedImage image, Past past) implements WithSandbox {}

    /**
     * The sandbox is lost: its next call gets a fresh one, and is told so.
     *
     * @param reason completes "The sandbox …"
     */
    record Lost(String reason) implements WithoutSandbox {}

    /**
     * A fork whose sandbox is lost: a fresh one would not be what was forked.
     *
     * @param reason completes "Computer f1 …"
     */
    record Gone(String reason) implements WithoutSandbox {}

    /**
     * There is no sandbox from now on.
     *
     * @param last what was left of it: what sleeps sleeps on
     */
    record Ended(WithoutSandbox last) implements ComputerState {}

    /** When it began, and what came before; empty of one that has not begun, or is lost. */
    default Optional<Past> history() {
        return switch (this) {
            case WithSandbox now -> Optional.of(now.past());
            case Suspended now -> Optional.of(now.past());
            case Withdrawing now -> Optional.of(now.past());
            case NotStarted _, Lost _, Gone _ -> Optional.empty();
            case Ended now -> now.last().history();
        };
    }

    /** The state on the disk that it needs. */
    default Optional<SuspendedImage> needed() {
        return switch (this) {
            case Suspended now -> Optional.of(now.image());
            case Withdrawing now -> Optional.of(now.image());
            case Waking now -> Optional.of(now.image());
            case NotStarted _, Starting _, Live _, Suspending _, Lost _, Gone _ -> Optional.empty();
            case Ended now -> now.last().needed();
        };
    }

    /** What its next call has to be told. */
    default Notice untold() {
        return this instanceof Lost(String reason)
                ? new Notice.Loss(reason)
                : history().map(Past::untold).orElse(Notice.none());
    }

    /** For people, in a word or two. */
    default String inWords() {
        return switch (this) {
            case WithSandbox now -> now.sandbox().isRunning() ? "running" : "starting";
            case Suspended _, Withdrawing _ -> "suspended";
            case NotStarted _, Lost _ -> "not started";
            case Gone _ -> "gone";
            case Ended now -> now.last().inWords();
        };
    }
}
