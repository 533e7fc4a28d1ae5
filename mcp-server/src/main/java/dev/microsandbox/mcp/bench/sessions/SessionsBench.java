package dev.microsandbox.mcp.bench.sessions;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Measures the benefit of templates, clones and checkpoints. Compares sandboxes that start from a
 * template with booted ones, and with QEMU resuming from its own template on the same accelerator,
 * in one run.
 */
public final class SessionsBench {

    static final String CLONE = "clone";
    static final String BOOT = "cold boot";
    static final String PEER = "QEMU clone";

    private SessionsBench() {}

    /** A group of rows. */
    private interface Part {
        List<SessionsReport.Row> measure() throws IOException, InterruptedException;
    }

    /**
     * Runs the benchmark.
     *
     * @param only the rows to measure
     * @param notes notes for the report
     */
    public static SessionsReport run(SessionsSetup setup, Set<SessionsRow> only, List<String> notes)
            throws IOException, InterruptedException {
        List<SessionsReport.Row> rows = new ArrayList<>();
        List<SessionsReport.LeftOut> leftOut = new ArrayList<>();
        String machine;
        // Start one sandbox first, so that no row includes one-time costs.
        try (Sandbox first = setup.clones().start(setup.config())) {
            machine = first.machine();
        }
        for (SessionsRow row : SessionsRow.values()) {
            if (only.contains(row)) {
                setup.progress().accept("measuring " + row.key());
                try {
                    rows.addAll(part(row, setup).measure());
                } catch (SandboxException | IOException e) {
                    // Keep the other rows, which may have taken an hour to measure.
                    leftOut.add(new SessionsReport.LeftOut(row, String.valueOf(e.getMessage())));
                }
            }
        }
        return new SessionsReport(machine, notes, rows, leftOut);
    }

    private static Part part(SessionsRow row, SessionsSetup setup) {
        return switch (row) {
            case FIRST_ANSWER -> () -> FirstAnswer.measure(setup);
            case CLONE -> () -> CloneSteps.measure(setup);
            case ROLLBACK -> () -> RollbackSteps.measure(setup);
            case MEMORY -> () -> CloneMemory.measure(setup);
            case CHECKPOINT -> () -> CheckpointSizes.measure(setup);
            case RATE -> () -> CloneRate.measure(setup);
            case IDLE -> () -> IdleSandboxes.measure(setup);
        };
    }
}
