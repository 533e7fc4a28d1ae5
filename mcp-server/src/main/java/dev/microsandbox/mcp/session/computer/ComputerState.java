package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.supply.ManagedSandbox;
import java.util.Optional;

/** The state of a computer. {@link Transitions} defines how it changes. */
sealed interface ComputerState {

    /** There is a sandbox, which runs or is starting. */
    sealed interface WithSandbox extends ComputerState {
        ManagedSandbox sandbox();

        Past past();
    }

    /** There is no sandbox. Only these states can be recorded on disk. */
    sealed interface WithoutSandbox extends ComputerState {}

    /** The computer has no sandbox yet; its first call starts one. */
    record NotStarted() implements WithoutSandbox {}

    /** The sandbox is starting. */
    record Starting(ManagedSandbox sandbox, Past past) implements WithSandbox {}

    /** The sandbox runs. */
    record Live(ManagedSandbox sandbox, Past past) implements WithSandbox {}

    /** The sandbox runs and is being saved; it will then be closed. */
    record Suspending(ManagedSandbox sandbox, Past past) implements WithSandbox {}

    /** The state is saved on disk; the next call wakes the computer. */
    record Suspended(SuspendedImage image, Past past) implements WithoutSandbox {}

    /**
     * The computer is about to be woken or replaced: the record on disk is being changed so that it
     * no longer offers the image.
     */
    record Withdrawing(SuspendedImage image, Past past) implements ComputerState {}

    /** A sandbox is resuming from the image. If it does not start, the computer stays suspended. */
    record Waking(ManagedSandbox sandbox, SuspendedImage image, Past past) implements WithSandbox {}

    /**
     * The sandbox is lost. The next call gets a fresh sandbox and a notice.
     *
     * @param reason completes "The sandbox …"
     */
    record Lost(String reason) implements WithoutSandbox {}

    /**
     * The sandbox of a fork is lost. It is not replaced: a fresh sandbox would not have the forked
     * state.
     *
     * @param reason completes "Computer f1 …"
     */
    record Gone(String reason) implements WithoutSandbox {}

    /**
     * The session has ended, and the computer gets no more sandbox.
     *
     * @param last the last state without a sandbox: a suspended computer stays suspended
     */
    record Ended(WithoutSandbox last) implements ComputerState {}

    /** The computer's past; empty if it has not begun or is lost. */
    default Optional<Past> history() {
        return switch (this) {
            case WithSandbox now -> Optional.of(now.past());
            case Suspended now -> Optional.of(now.past());
            case Withdrawing now -> Optional.of(now.past());
            case NotStarted _, Lost _, Gone _ -> Optional.empty();
            case Ended now -> now.last().history();
        };
    }

    /** The saved state on disk that this state still needs. */
    default Optional<SuspendedImage> neededImage() {
        return switch (this) {
            case Suspended now -> Optional.of(now.image());
            case Withdrawing now -> Optional.of(now.image());
            case Waking now -> Optional.of(now.image());
            case NotStarted _, Starting _, Live _, Suspending _, Lost _, Gone _ -> Optional.empty();
            case Ended now -> now.last().neededImage();
        };
    }

    /** The notice for the next call. */
    default Notice pendingNotice() {
        return this instanceof Lost(String reason)
                ? new Notice.SandboxLoss(reason)
                : history().map(Past::pendingNotice).orElse(Notice.none());
    }

    /** The state in a word or two, for people. */
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
