package dev.microsandbox.mcp.bench.sessions;

import dev.microsandbox.mcp.bench.measure.Samples;
import dev.microsandbox.vmm.MimeBundle;
import dev.microsandbox.vmm.RunListener;
import dev.microsandbox.vmm.RunRequest;
import dev.microsandbox.vmm.RunResult;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures the time from the request for a sandbox to the result of the first code that runs in it.
 */
final class FirstAnswer {

    /** An expression that has a value in every language. */
    private static final String CODE = "1";

    private static final RunListener NOBODY =
            new RunListener() {
                @Override
                public void stdout(byte[] bytes) {}

                @Override
                public void stderr(byte[] bytes) {}

                @Override
                public void display(MimeBundle bundle) {}

                @Override
                public void result(MimeBundle bundle) {}

                @Override
                public void clear() {}
            };

    private FirstAnswer() {}

    static List<SessionsReport.Row> measure(SessionsSetup setup)
            throws IOException, InterruptedException {
        List<Double> clone = new ArrayList<>();
        List<Double> peer = new ArrayList<>();
        SandboxFactory qemu = setup.peer();
        // The first round warms up and does not count.
        for (int round = -1; round < setup.runs(); round++) {
            double ours = millis(setup.clones(), setup);
            double its = qemu == null ? 0 : millis(qemu, setup);
            if (round >= 0) {
                clone.add(ours);
                peer.add(its);
            }
        }
        List<Double> boot = new ArrayList<>();
        for (int round = 0; round < setup.boot(); round++) {
            setup.progress().accept("booting, %d of %d".formatted(round + 1, setup.boot()));
            boot.add(millis(setup.boots(), setup));
        }
        List<Samples> subjects = new ArrayList<>();
        subjects.add(new Samples(SessionsBench.CLONE, clone));
        if (qemu != null) {
            subjects.add(new Samples(SessionsBench.PEER, peer));
        }
        subjects.add(new Samples(SessionsBench.BOOT, boot));
        List<Samples> ratios = new ArrayList<>();
        for (Samples other : subjects.subList(1, subjects.size())) {
            ratios.add(
                    new Samples(
                            other.subject() + "/ours",
                            List.of(other.median() / subjects.getFirst().median())));
        }
        return List.of(
                new SessionsReport.Row("request to first run_code answer", "ms", "", subjects),
                new SessionsReport.Row(
                        "ratio of medians",
                        "times",
                        "goal: 20 times as fast as a cold boot",
                        ratios.reversed()));
    }

    private static double millis(SandboxFactory factory, SessionsSetup setup)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        try (Sandbox sandbox = factory.start(setup.config())) {
            run(sandbox, setup.language());
            return (System.nanoTime() - start) / 1e6;
        }
    }

    /** Runs the shortest possible code. */
    static void run(Sandbox sandbox, String language) throws IOException, InterruptedException {
        String code = language.equals("shell") ? "echo " + CODE : CODE;
        RunResult result = sandbox.run(RunRequest.of(language, code), NOBODY);
        if (result.outcome() != RunResult.Outcome.FINISHED) {
            throw new IOException("code did not run: " + result.outcome());
        }
    }
}
