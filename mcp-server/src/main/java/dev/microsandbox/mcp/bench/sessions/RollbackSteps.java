package dev.microsandbox.mcp.bench.sessions;

import static dev.microsandbox.mcp.bench.measure.SandboxEvents.RESTORE;

import dev.microsandbox.mcp.bench.measure.FlightRecording;
import dev.microsandbox.mcp.bench.measure.SandboxEvents;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.storage.FileTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;

/** Measures the restore of a sandbox to a checkpoint after code has run in it, and its steps. */
final class RollbackSteps {

    private static final String PUT_BACK = "  putting back: memory, state";
    private static final String GOAL = "under 1";

    private RollbackSteps() {}

    static List<SessionsReport.Row> measure(SessionsSetup setup)
            throws IOException, InterruptedException {
        Path checkpoint = setup.directory().resolve("rollback");
        List<Double> whole = new ArrayList<>();
        StepTimes steps = new StepTimes();
        try (Sandbox sandbox = setup.clones().start(setup.config());
                FlightRecording recording =
                        FlightRecording.start(setup.directory(), List.of(RESTORE))) {
            FirstAnswer.run(sandbox, setup.language());
            long _ = sandbox.checkpoint(checkpoint);
            for (int round = -1; round < setup.runs(); round++) {
                FirstAnswer.run(sandbox, setup.language());
                long start = System.nanoTime();
                sandbox.restore(checkpoint);
                if (round >= 0) {
                    whole.add((System.nanoTime() - start) / 1e6);
                }
            }
            SandboxEvents events = recording.end();
            // The first is that of the round that does not count.
            events.of(RESTORE, sandbox.id()).stream().skip(1).forEach(found -> add(steps, found));
        } finally {
            FileTree.delete(checkpoint);
        }
        List<SessionsReport.Row> rows = new ArrayList<>();
        rows.add(SessionsReport.Row.ours("restore", "ms", "", whole));
        rows.addAll(steps.rows(PUT_BACK, GOAL));
        return rows;
    }

    private static void add(StepTimes steps, RecordedEvent restore) {
        steps.add("  opening and checking the files", restore.getDuration("open"));
        steps.add("  agent's protocol to rest", restore.getDuration("hold"));
        steps.add("  machine to rest", restore.getDuration("pause"));
        steps.add(PUT_BACK, restore.getDuration("putBack"));
        steps.add("  time, names, entropy", restore.getDuration("renew"));
    }
}
