package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.supply.ManagedSandbox;
import java.time.Instant;
import java.util.List;

/** An event that may change a computer's state. */
sealed interface StateEvent {

    /** Something that the holder of the computer's {@link TurnLock.Turn} decides. */
    sealed interface Decision extends StateEvent {}

    /**
     * Something that happens to the computer at any time. If it is outdated when it is reported, it
     * changes nothing.
     */
    sealed interface Fact extends StateEvent {}

    /** A fresh sandbox has been requested. */
    record Order(ManagedSandbox sandbox, long now) implements Decision {}

    /** The record on disk must stop offering the suspended state. */
    record Withdraw() implements Decision {}

    /** The record on disk still offers the suspended state, so the computer stays suspended. */
    record StaySuspended() implements Decision {}

    /** A sandbox that resumes from the suspended state has been requested. */
    record Wake(ManagedSandbox sandbox) implements Decision {}

    /** A running sandbox is about to be saved. */
    record BeginSuspension(ManagedSandbox sandbox) implements Decision {}

    /** The sandbox could not be saved. */
    record StayLive(ManagedSandbox sandbox) implements Decision {}

    /** The sandbox has been saved completely to disk. */
    record Suspend(ManagedSandbox sandbox, SuspendedImage image) implements Decision {}

    /**
     * A sandbox that resumes from a checkpoint replaces the current state.
     *
     * @param ancestors the checkpoint's lineage
     */
    record Replace(ManagedSandbox sandbox, List<String> ancestors, long now) implements Decision {}

    /** The suspended state is given up. */
    record LoseSuspended(String reason) implements Decision {}

    /** The computer takes over the state that an earlier process has left. */
    record TakeOver(ComputerState.WithoutSandbox state) implements Decision {}

    /** A sandbox has been seen running. */
    record SeenRunning(ManagedSandbox sandbox, Instant now) implements Fact {}

    /**
     * A sandbox failed to start.
     *
     * @param damaged whether the cause is the saved state from which it should resume
     */
    record StartFailed(ManagedSandbox sandbox, boolean damaged, String why) implements Fact {}

    /** A sandbox is gone, or about to be closed, with all state in it. */
    record SandboxLost(ManagedSandbox sandbox, String reason) implements Fact {}

    /** A call has taken the notice. */
    record NoticeTaken() implements Fact {}

    /** The session or the server ends. */
    record End() implements Fact {}
}
