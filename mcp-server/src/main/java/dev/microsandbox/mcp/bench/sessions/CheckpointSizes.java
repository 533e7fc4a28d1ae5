package dev.microsandbox.mcp.bench.sessions;

import static dev.microsandbox.mcp.bench.measure.SandboxEvents.CHECKPOINT;

import dev.microsandbox.mcp.bench.measure.FlightRecording;
import dev.microsandbox.mcp.bench.measure.SandboxEvents;
import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.storage.FileTree;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;

/**
 * Measures checkpoint and restore of a clone, depending on how much memory its programs have
 * written since the clone was made.
 */
final class CheckpointSizes {

    private static final List<Integer> MEBIBYTES = List.of(0, 4, 16, 64);

    /** Maximum number of runs, because writing takes an emulated guest seconds. */
    private static final int MAX_RUNS = 3;

    /**
     * Writes to each page of an array. Its first argument is the size in MiB. The array stays alive
     * in a process that outlives the command.
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

    /** The measurements of clones whose programs have written this many MiB. */
    private static final class Size {

        private final int mebibytes;
        private final List<String> clones = new ArrayList<>();
        private final List<Double> whole = new ArrayList<>();
        private final List<Double> restore = new ArrayList<>();
        private final List<Double> disk = new ArrayList<>();

        Size(int mebibytes) {
            this.mebibytes = mebibytes;
        }

        List<SessionsReport.Row> rows(SandboxEvents events) {
            List<SessionsReport.Row> rows = new ArrayList<>();
            String of = " of %d MiB".formatted(mebibytes);
            rows.add(SessionsReport.Row.ours("checkpoint" + of, "ms", "", whole));
            List<Double> held = new ArrayList<>();
            for (String clone : clones) {
                for (RecordedEvent checkpoint : events.of(CHECKPOINT, clone)) {
                    held.add(checkpoint.getDuration("take").toNanos() / 1e6);
                }
            }
            if (!held.isEmpty()) {
                rows.add(SessionsReport.Row.ours("  machine held", "ms", "", held));
            }
            rows.add(SessionsReport.Row.ours("  on the disk", "MiB", "", disk));
            rows.add(SessionsReport.Row.ours("  restore", "ms", "", restore));
            return rows;
        }
    }

    static List<SessionsReport.Row> measure(SessionsSetup setup)
            throws IOException, InterruptedException {
        List<Size> sizes = MEBIBYTES.stream().map(Size::new).toList();
        try (FlightRecording recording =
                FlightRecording.start(setup.directory(), List.of(CHECKPOINT))) {
            for (Size size : sizes) {
                for (int round = 0; round < Math.min(setup.runs(), MAX_RUNS); round++) {
                    setup.progress()
                            .accept("%d MiB written to, %d".formatted(size.mebibytes, round + 1));
                    measure(setup, size);
                }
            }
            SandboxEvents events = recording.end();
            return sizes.stream().flatMap(size -> size.rows(events).stream()).toList();
        }
    }

    private static void measure(SessionsSetup setup, Size size)
            throws IOException, InterruptedException {
        Path checkpoint = setup.directory().resolve("checkpoint");
        try (Sandbox sandbox = setup.clones().start(setup.config())) {
            write(sandbox, size.mebibytes);
            long start = System.nanoTime();
            long bytes = sandbox.checkpoint(checkpoint);
            size.whole.add((System.nanoTime() - start) / 1e6);
            size.clones.add(sandbox.id());
            size.disk.add(bytes / (double) (1 << 20));
            long begun = System.nanoTime();
            sandbox.restore(checkpoint);
            size.restore.add((System.nanoTime() - begun) / 1e6);
        } finally {
            FileTree.delete(checkpoint);
        }
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
