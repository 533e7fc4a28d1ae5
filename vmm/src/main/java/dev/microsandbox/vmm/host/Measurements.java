package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.agent.AgentSandbox;
import dev.microsandbox.vmm.agent.CheckpointStep;
import dev.microsandbox.vmm.agent.Hold;
import dev.microsandbox.vmm.agent.RestoreStep;
import dev.microsandbox.vmm.kvmmachine.KvmMachine;
import dev.microsandbox.vmm.kvmmachine.StartTimes;
import dev.microsandbox.vmm.machine.RestorableMachine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the steps take by which sandboxes start, are saved and put back: for benchmarks. Only our
 * own machine has these steps; of others all answers are empty, and nothing is done.
 */
public final class Measurements {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private Measurements() {}

    /** Of a sandbox that was made from a template or a checkpoint. */
    public static Optional<CloneTimes> start(Sandbox sandbox) {
        if (sandbox instanceof AgentSandbox ours
                && ours.guestMachine() instanceof KvmMachine machine) {
            StartTimes times = machine.startTimes();
            return Optional.of(
                    new CloneTimes(
                            times.begun(),
                            Duration.ofNanos(times.mapped() - times.begun()),
                            Duration.ofNanos(times.vmMade() - times.mapped()),
                            Duration.ofNanos(times.assembled() - times.vmMade()),
                            Duration.ofNanos(times.stateSet() - times.assembled()),
                            Duration.ofNanos(times.entered() - times.stateSet())));
        }
        return Optional.empty();
    }

    /** Asks the agent whether it is there, and waits for its answer: the least that it can do. */
    public static Optional<Duration> roundTrip(Sandbox sandbox) throws InterruptedException {
        if (sandbox instanceof AgentSandbox ours) {
            long start = System.nanoTime();
            try (Hold _ = ours.hold(PATIENCE)) {
                return Optional.of(Duration.ofNanos(System.nanoTime() - start));
            }
        }
        return Optional.empty();
    }

    /** Saves a sandbox: {@link Sandbox#checkpoint}. */
    public static Optional<CheckpointTimes> checkpoint(Sandbox sandbox, Path directory)
            throws InterruptedException {
        if (sandbox instanceof AgentSandbox ours
                && ours.guestMachine() instanceof RestorableMachine) {
            Map<CheckpointStep, Long> at = new EnumMap<>(CheckpointStep.class);
            long start = System.nanoTime();
            long bytes = ours.checkpoint(directory, step -> at.put(step, System.nanoTime()));
            long opened = at.getOrDefault(CheckpointStep.OPENED, start);
            long held = at.getOrDefault(CheckpointStep.HELD, start);
            long taken = at.getOrDefault(CheckpointStep.TAKEN, start);
            long written = at.getOrDefault(CheckpointStep.WRITTEN, start);
            return Optional.of(
                    new CheckpointTimes(
                            Duration.ofNanos(opened - start),
                            Duration.ofNanos(held - opened),
                            Duration.ofNanos(taken - held),
                            Duration.ofNanos(written - taken),
                            bytes));
        }
        return Optional.empty();
    }

    /** Puts a sandbox back in place: {@link Sandbox#restore}. */
    public static Optional<RestoreTimes> restore(Sandbox sandbox, Path directory)
            throws InterruptedException {
        if (sandbox instanceof AgentSandbox ours
                && ours.guestMachine() instanceof RestorableMachine) {
            Map<RestoreStep, Long> at = new EnumMap<>(RestoreStep.class);
            long start = System.nanoTime();
            ours.restore(directory, step -> at.put(step, System.nanoTime()));
            long opened = at.getOrDefault(RestoreStep.OPENED, start);
            long held = at.getOrDefault(RestoreStep.HELD, start);
            long paused = at.getOrDefault(RestoreStep.PAUSED, start);
            long putBack = at.getOrDefault(RestoreStep.PUT_BACK, start);
            long renewed = at.getOrDefault(RestoreStep.RENEWED, start);
            return Optional.of(
                    new RestoreTimes(
                            Duration.ofNanos(opened - start),
                            Duration.ofNanos(held - opened),
                            Duration.ofNanos(paused - held),
                            Duration.ofNanos(putBack - paused),
                            Duration.ofNanos(renewed - putBack)));
        }
        return Optional.empty();
    }
}
