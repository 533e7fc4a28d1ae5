package dev.microsandbox.mcp.bench.sessions;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.host.CheckpointTimes;
import dev.microsandbox.vmm.host.Measurements;
import dev.microsandbox.vmm.storage.FileTree;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Saving a clone, and putting it back, by how much its programs have written to since it was made.
 */
final class CheckpointSizes {

    private static final List<Integer> MEBIBYTES = List.of(0, 4, 16, 64);

    /** Writing takes an emulated guest seconds. */
    private static final int MOST_RUNS = 3;

    /**
     * Writes to each page of an array, in MiB the first argument, which lives on in a process that
     * outlives the command.
     */
    private static final String PROGRAM =
            """
            import os, sys, time
            n = int(sys.argv[1]) << 20
            written, done = os.pipe()
            if os.fork():
                os.close(done)
                sys.exit(0 if os.read(written, 1) else 1)
            os.setsid()
            pages = bytearray(n)
            pages[::4096] = b'x' * (n >> 12)
            nowhere = os.open('/dev/null', os.O_RDWR)
            for stream in 0, 1, 2:
                os.dup2(nowhere, stream)
            os.write(done, b'x')
            time.sleep(1e6)
            """;

    private static final Duration TIMEOUT = Duration.ofMinutes(10);

    private CheckpointSizes() {}

    static List<SessionsReport.Row> measure(SessionsSetup setup)
            throws IOException, InterruptedException {
        List<SessionsReport.Row> rows = new ArrayList<>();
        for (int mebibytes : MEBIBYTES) {
            List<Double> whole = new ArrayList<>();
            List<Double> held = new ArrayList<>();
            List<Double> restore = new ArrayList<>();
            List<Double> disk = new ArrayList<>();
            for (int round = 0; round < Math.min(setup.runs(), MOST_RUNS); round++) {
                setup.progress().accept("%d MiB written to, %d".formatted(mebibytes, round + 1));
                Path checkpoint = setup.directory().resolve("checkpoint");
                try (Sandbox sandbox = setup.clones().start(setup.config())) {
                    write(sandbox, mebibytes);
                    long start = System.nanoTime();
                    Optional<CheckpointTimes> times = Measurements.checkpoint(sandbox, checkpoint);
                    long bytes =
                            times.isPresent()
                                    ? times.get().bytes()
                                    : sandbox.checkpoint(checkpoint);
                    whole.add((System.nanoTime() - start) / 1e6);
                    times.ifPresent(found -> held.add(found.take().toNanos() / 1e6));
                    disk.add(bytes / (double) (1 << 20));
                    long begun = System.nanoTime();
                    sandbox.restore(checkpoint);
                    restore.add((System.nanoTime() - begun) / 1e6);
                } finally {
                    FileTree.delete(checkpoint);
                }
            }
            String of = " of %d MiB".formatted(mebibytes);
            rows.add(SessionsReport.Row.ours("checkpoint" + of, "ms", "", whole));
            if (!held.isEmpty()) {
                rows.add(SessionsReport.Row.ours("  machine held", "ms", "", held));
            }
            rows.add(SessionsReport.Row.ours("  on the disk", "MiB", "", disk));
            rows.add(SessionsReport.Row.ours("  restore", "ms", "", restore));
        }
        return rows;
    }

    private static void write(Sandbox sandbox, int mebibytes)
            throws IOException, InterruptedException {
        if (mebibytes == 0) {
            return;
        }
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Exit exit =
                sandbox.exec(
                        ExecRequest.of("python3", "-c", PROGRAM, Integer.toString(mebibytes))
                                .withTimeout(TIMEOUT),
                        new OutputListener() {
                            @Override
                            public void stdout(byte[] bytes) {}

                            @Override
                            public void stderr(byte[] bytes) {
                                err.writeBytes(bytes);
                            }
                        });
        if (!exit.isSuccess()) {
            throw new IOException(
                    "the guest could not write to its memory: "
                            + err.toString(StandardCharsets.UTF_8));
        }
    }
}
