package dev.microsandbox.mcp.bench.sessions;

import dev.microsandbox.mcp.bench.measure.Samples;
import dev.microsandbox.vmm.SandboxFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Measures how many clones per second are started, until their agents have answered, and closed.
 */
final class CloneRate {

    private static final int AT_A_TIME = 8;
    private static final int CLONES = 64;

    private CloneRate() {}

    static List<SessionsReport.Row> measure(SessionsSetup setup)
            throws IOException, InterruptedException {
        List<Samples> subjects = new ArrayList<>();
        subjects.add(new Samples(SessionsBench.CLONE, List.of(rate(setup.clones(), setup))));
        SandboxFactory qemu = setup.peer();
        if (qemu != null) {
            subjects.add(new Samples(SessionsBench.PEER, List.of(rate(qemu, setup))));
        }
        return List.of(
                new SessionsReport.Row(
                        "clones, %d at a time".formatted(AT_A_TIME), "1/s", "", subjects));
    }

    private static double rate(SandboxFactory factory, SessionsSetup setup)
            throws IOException, InterruptedException {
        Callable<Void> one =
                () -> {
                    factory.start(setup.config()).close();
                    return null;
                };
        long start = System.nanoTime();
        try (ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME)) {
            List<Future<Void>> clones = new ArrayList<>();
            for (int i = 0; i < CLONES; i++) {
                clones.add(threads.submit(one));
            }
            for (Future<Void> clone : clones) {
                clone.get();
            }
        } catch (ExecutionException e) {
            throw new IOException("a clone did not start: " + e.getCause(), e);
        }
        return CLONES * 1e9 / (System.nanoTime() - start);
    }
}
