package dev.microsandbox.mcp.bench.sessions;

import dev.microsandbox.mcp.bench.measure.HostState;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Measures how many idle clones fit: starts clones until a resource is exhausted. */
final class IdleSandboxes {

    private static final Duration MAX_TIME = Duration.ofMinutes(10);

    private IdleSandboxes() {}

    static List<SessionsReport.Row> measure(SessionsSetup setup)
            throws IOException, InterruptedException {
        List<Sandbox> clones = new ArrayList<>();
        try {
            long before = HostState.available();
            long room = Math.min(setup.idleBytes(), HostState.spare(before));
            String bound = fill(clones, before, room, setup);
            if (clones.isEmpty()) {
                throw new SandboxException("No clone could be made: " + bound);
            }
            Thread.sleep(setup.settling());
            double each = (before - HostState.available()) / (double) (1 << 20) / clones.size();
            requireAlive(clones);
            return List.of(
                    one("idle clones in " + ByteSize.inWords(room), "", clones.size(), bound),
                    one("  host's available memory less, each", "MiB", each, ""),
                    one("  descriptors of this process", "", (double) HostState.descriptors(), ""),
                    one("  mappings of this process", "", (double) HostState.mappings(), ""),
                    one("  threads of this process", "", (double) HostState.threads(), ""));
        } finally {
            clones.forEach(Sandbox::close);
        }
    }

    /**
     * Starts clones.
     *
     * @return why no more were started, as a clause
     */
    private static String fill(List<Sandbox> clones, long before, long room, SessionsSetup setup)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + MAX_TIME.toNanos();
        while (true) {
            long available = HostState.available();
            if (before - available >= room) {
                return room < setup.idleBytes()
                        ? "the host has no more to spare"
                        : "that memory is used";
            }
            if (System.nanoTime() - end > 0) {
                return "%d minutes are over".formatted(MAX_TIME.toMinutes());
            }
            String refusal = add(clones, setup);
            if (refusal != null) {
                return refusal;
            }
            if (clones.size() % 100 == 0) {
                setup.progress()
                        .accept(
                                "%d clones, %s used"
                                        .formatted(
                                                clones.size(),
                                                ByteSize.inWords(Math.max(0, before - available))));
            }
        }
    }

    /** Starts one more clone. Returns why that failed, or null if it succeeded. */
    private static @Nullable String add(List<Sandbox> clones, SessionsSetup setup)
            throws InterruptedException {
        try {
            clones.add(setup.clones().start(setup.config()));
            return null;
        } catch (SandboxException | OutOfMemoryError e) {
            // The JVM also throws OutOfMemoryError when the host refuses a thread.
            return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        }
    }

    /** Checks that the clones are alive: none has died, and a sample of them answers. */
    private static void requireAlive(List<Sandbox> clones)
            throws IOException, InterruptedException {
        long dead = clones.stream().filter(clone -> !clone.isAlive()).count();
        if (dead > 0) {
            throw new IOException("%d of %d clones have died".formatted(dead, clones.size()));
        }
        for (int i = 0; i < clones.size(); i += Math.max(1, clones.size() / 8)) {
            var _ = clones.get(i).info();
        }
    }

    private static SessionsReport.Row one(String name, String unit, double value, String remark) {
        return SessionsReport.Row.ours(name, unit, remark, List.of(value));
    }
}
