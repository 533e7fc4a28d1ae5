package dev.microsandbox.mcp.bench.sessions;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What templates, clones and checkpoints are worth: sandboxes made of a template against booted
 * ones, and against QEMU going on from its own template on the same accelerator, in one run.
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
     * Measures.
     *
     * @param only what is to be measured
     * @param notes for the report
     */
    public static SessionsReport run(SessionsSetup setup, Set<SessionsRow> only, List<String> notes)
            throws IOException, InterruptedException {
        List<SessionsReport.Row> rows = new ArrayList<>();
        List<SessionsReport.LeftOut> leftOut = new ArrayList<>();
        String machine;
        // What is opened and loaded once is no part of any row.
        try (Sandbox first = setup.clones().start(setup.config())) {
            machine = first.machine();
        }
        for (SessionsRow row : SessionsRow.values()) {
            if (only.contains(row)) {
                setup.progress().accept("measuring " + row.key());
                try {
                    rows.addAll(part(row, setup).measure());
                } catch (SandboxException | IOException e) {
                    // It is not to cost the others, which may have taken an hour.
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
