package dev.microsandbox.mcp.bench.sessions;

import static dev.microsandbox.mcp.bench.measure.SandboxEvents.MACHINE_BUILD;
import static dev.microsandbox.mcp.bench.measure.SandboxEvents.MACHINE_START;
import static dev.microsandbox.mcp.bench.measure.SandboxEvents.SANDBOX_START;
import static dev.microsandbox.mcp.bench.measure.SandboxEvents.VCPU_START;

import dev.microsandbox.mcp.bench.measure.FlightRecording;
import dev.microsandbox.mcp.bench.measure.Samples;
import dev.microsandbox.mcp.bench.measure.SandboxEvents;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.host.AgentProbe;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jdk.jfr.consumer.RecordedEvent;

/**
 * Measures the time from the request for a clone to the first answer of its agent, and its steps.
 */
final class CloneSteps {

    private static final String FIRST_RUN = "request to first KVM_RUN";
    private static final String FIRST_RUN_GOAL = "median under 3";
    private static final String ANSWER_GOAL = "median under 8";

    private static final List<String> EVENTS =
            List.of(SANDBOX_START, MACHINE_START, MACHINE_BUILD, VCPU_START);

    private CloneSteps() {}

    static List<SessionsReport.Row> measure(SessionsSetup setup)
            throws IOException, InterruptedException {
        List<Double> answers = new ArrayList<>();
        List<Double> peers = new ArrayList<>();
        List<Duration> roundTrips = new ArrayList<>();
        List<String> clones = new ArrayList<>();
        SandboxEvents events;
        SandboxFactory qemu = setup.peer();
        try (FlightRecording recording = FlightRecording.start(setup.directory(), EVENTS)) {
            for (int round = -1; round < setup.runs(); round++) {
                long asked = System.nanoTime();
                try (Sandbox sandbox = setup.clones().start(setup.config())) {
                    long answered = System.nanoTime();
                    Optional<Duration> roundTrip = AgentProbe.roundTrip(sandbox);
                    if (round >= 0) {
                        answers.add((answered - asked) / 1e6);
                        roundTrip.ifPresent(roundTrips::add);
                        clones.add(sandbox.id());
                    }
                }
                if (qemu != null) {
                    long peerAsked = System.nanoTime();
                    try (Sandbox _ = qemu.start(setup.config())) {
                        if (round >= 0) {
                            peers.add((System.nanoTime() - peerAsked) / 1e6);
                        }
                    }
                }
            }
            events = recording.end();
        }
        List<Samples> subjects = new ArrayList<>();
        subjects.add(new Samples(SessionsBench.CLONE, answers));
        if (!peers.isEmpty()) {
            subjects.add(new Samples(SessionsBench.PEER, peers));
        }
        List<SessionsReport.Row> rows = new ArrayList<>();
        rows.add(
                new SessionsReport.Row(
                        "request to agent's first answer", "ms", ANSWER_GOAL, subjects));
        StepTimes steps = new StepTimes();
        clones.forEach(clone -> add(steps, events, clone));
        roundTrips.forEach(found -> steps.add("a bare round trip", found));
        rows.addAll(steps.rows(FIRST_RUN, FIRST_RUN_GOAL));
        return rows;
    }

    /** The steps of a clone, which only our own machine on KVM has. */
    private static void add(StepTimes steps, SandboxEvents events, String clone) {
        for (RecordedEvent build : events.of(MACHINE_BUILD, clone)) {
            RecordedEvent request = events.of(SANDBOX_START, clone).getFirst();
            Instant asked = request.getStartTime();
            Instant begun = events.of(MACHINE_START, clone).getFirst().getStartTime();
            // Of several vCPUs the first that enters the guest counts.
            Instant entered =
                    events.of(VCPU_START, clone).stream()
                            .map(RecordedEvent::getEndTime)
                            .min(Instant::compareTo)
                            .orElseThrow();
            steps.add(FIRST_RUN, Duration.between(asked, entered));
            steps.add("  finding image and template", Duration.between(asked, begun));
            steps.add("  mapping memory", Duration.between(begun, build.getStartTime()));
            steps.add("  making the VM", build.getDuration("createVm"));
            steps.add("  memory, devices, vCPUs", build.getDuration("assemble"));
            steps.add("  setting the state", build.getDuration("setState"));
            steps.add("  starting the threads", Duration.between(build.getEndTime(), entered));
            steps.add(
                    "first KVM_RUN to agent's answer",
                    Duration.between(entered, request.getEndTime()));
        }
    }
}
