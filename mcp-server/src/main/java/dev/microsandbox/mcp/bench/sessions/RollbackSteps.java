package dev.microsandbox.mcp.bench.sessions;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.host.Measurements;
import dev.microsandbox.vmm.host.RestoreTimes;
import dev.microsandbox.vmm.storage.FileTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Putting a sandbox back to a checkpoint, after some code was run in it, and its steps. */
final class RollbackSteps {

    private static final String PUT_BACK = "  putting back: memory, state";
    private static final String GOAL = "under 1";

    private RollbackSteps() {}

    static List<SessionsReport.Row> measure(SessionsSetup setup)
            throws IOException, InterruptedException {
        Path checkpoint = setup.directory().resolve("rollback");
        List<Double> whole = new ArrayList<>();
        StepTimes steps = new StepTimes();
        try (Sandbox sandbox = setup.clones().start(setup.config())) {
            FirstAnswer.run(sandbox, setup.language());
            long _ = sandbox.checkpoint(checkpoint);
            for (int round = -1; round < setup.runs(); round++) {
                FirstAnswer.run(sandbox, setup.language());
                long start = System.nanoTime();
                Optional<RestoreTimes> times = Measurements.restore(sandbox, checkpoint);
                if (times.isEmpty()) {
                    sandbox.restore(checkpoint);
                }
                if (round >= 0) {
                    whole.add((System.nanoTime() - start) / 1e6);
                    times.ifPresent(found -> add(steps, found));
                }
            }
        } finally {
            FileTree.delete(checkpoint);
        }
        List<SessionsReport.Row> rows = new ArrayList<>();
        rows.add(SessionsReport.Row.ours("restore", "ms", "", whole));
        rows.addAll(steps.rows(PUT_BACK, GOAL));
        return rows;
    }

    private static void add(StepTimes steps, RestoreTimes times) {
        steps.add("  opening and checking the files", times.open());
        steps.add("  agent's protocol to rest", times.hold());
        steps.add("  machine to rest", times.pause());
        steps.add(PUT_BACK, times.putBack());
        steps.add("  time, names, entropy", times.renew());
    }
}
