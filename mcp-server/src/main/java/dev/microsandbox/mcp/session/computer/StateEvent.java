package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.supply.ManagedSandbox;
import java.time.Instant;
import java.util.List;

/** What changes a computer's state. */
sealed interface StateEvent {

    /** Is decided about the computer, by who has the {@link TurnLock.Turn}. */
    sealed interface Decision extends StateEvent {}

    /**
     * Happens to the computer, at any time: what it is about may be overtaken by then, and changes
     * nothing.
     */
    sealed interface Fact extends StateEvent {}

    /** A fresh sandbox is ordered. */
    record Order(ManagedSandbox sandbox, long now) implements Decision {}

    /** What sleeps is to be offered no more. */
    record Withdraw() implements Decision {}

    /** The disk still offers what sleeps: it sleeps on. */
    record SleepOn() implements Decision {}

    /** A sandbox is ordered that goes on from what slept. */
    record Wake(ManagedSandbox sandbox) implements Decision {}

    /** A sandbox that runs is to be saved. */
    record BeginSuspension(ManagedSandbox sandbox) implements Decision {}

    /** It could not be saved. */
    record StayAwake(ManagedSandbox sandbox) implements Decision {}

    /** It is saved, all of it on the disk. */
    record FallAsleep(ManagedSandbox sandbox, SuspendedImage image) implements Decision {}

    /**
     * A sandbox that goes on from a checkpoint takes the place of what was.
     *
     * @param ancestors the checkpoint's lineage
     */
    record Replace(ManagedSandbox sandbox, List<String> ancestors, long now) implements Decision {}

    /** What sleeps is to be removed. */
    record LoseSleeper(String reason) implements Decision {}

    /** An earlier process has left it so. */
    record GoOn(ComputerState.WithoutSandbox state) implements Decision {}

    /** A sandbox has been seen running. */
    record Ran(ManagedSandbox sandbox, Instant now) implements Fact {}

    /**
     * A sandbox has not come up.
     *
     * @param damaged whether that is the fault of what it was to go on from
     */
    record StartFailed(ManagedSandbox sandbox, boolean damaged, String why) implements Fact {}

    /** A sandbox is gone, or to be closed, with all that was in it. */
    record SandboxLost(ManagedSandbox sandbox, String reason) implements Fact {}

    /** A call has been told what there was to tell. */
    record Told() implements Fact {}

    /** The session ends, or its server. */
    record End() implements Fact {}
}
