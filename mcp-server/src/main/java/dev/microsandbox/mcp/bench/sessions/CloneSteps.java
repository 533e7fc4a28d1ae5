package dev.microsandbox.mcp.bench.sessions;

import dev.microsandbox.mcp.bench.measure.Samples;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.host.CloneTimes;
import dev.microsandbox.vmm.host.Measurements;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** From asking for a clone to the first answer of its agent, and where that time goes. */
final class CloneSteps {

    private static final String FIRST_RUN = "request to first KVM_RUN";
    private static final String FIRST_RUN_GOAL = "median under 3";
    private static final String ANSWER_GOAL = "median under 8";

    private CloneSteps() {}

    static List<SessionsReport.Row> measure(SessionsSetup setup) throws InterruptedException {
        StepTimes steps = new StepTimes();
        List<Double> answers = new ArrayList<>();
        List<Double> peers = new ArrayList<>();
        SandboxFactory qemu = setup.peer();
        for (int round = -1; round < setup.runs(); round++) {
            long asked = System.nanoTime();
            try (Sandbox sandbox = setup.clones().start(setup.config())) {
                long answered = System.nanoTime();
                Optional<CloneTimes> times = Measurements.start(sandbox);
                Optional<Duration> roundTrip = Measurements.roundTrip(sandbox);
                if (round >= 0) {
                    answers.add((answered - asked) / 1e6);
                    times.ifPresent(found -> add(steps, asked, answered, found));
                    roundTrip.ifPresent(found -> steps.add("a bare round trip", found));
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
        List<Samples> subjects = new ArrayList<>();
        subjects.add(new Samples(SessionsBench.CLONE, answers));
        if (!peers.isEmpty()) {
            subjects.add(new Samples(SessionsBench.PEER, peers));
        }
        List<SessionsReport.Row> rows = new ArrayList<>();
        rows.add(
                new SessionsReport.Row(
                        "request to agent's first answer", "ms", ANSWER_GOAL, subjects));
        rows.addAll(steps.rows(FIRST_RUN, FIRST_RUN_GOAL));
        return rows;
    }

    private static void add(StepTimes steps, long asked, long answered, CloneTimes found) {
        steps.add(FIRST_RUN, Duration.ofNanos(found.entered() - asked));
        steps.add("  finding image and template", Duration.ofNanos(found.begun() - asked));
        steps.add("  mapping memory", found.map());
        steps.add("  making the VM", found.makeVm());
        steps.add("  memory, devices, vCPUs", found.assemble());
        steps.add("  setting the state", found.setState());
        steps.add("  starting the threads", found.enter());
        steps.add("first KVM_RUN to agent's answer", Duration.ofNanos(answered - found.entered()));
    }
}
