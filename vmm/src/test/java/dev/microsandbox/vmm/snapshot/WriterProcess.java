package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.HalfWayProcess;
import dev.microsandbox.vmm.memory.GuestMemory;
import java.io.IOException;
import java.nio.file.Path;

/** A separate process that writes snapshots and can be killed. */
final class WriterProcess {

    private WriterProcess() {}

    /**
     * Starts a process that stops after it has taken the memory for a snapshot. The snapshot is
     * based on another that the process makes before: {@link #origin}.
     */
    static HalfWayProcess writing(Path directory) throws IOException {
        return HalfWayProcess.start(WriterProcess.class, directory.toString(), "one");
    }

    /** Starts a process that writes snapshots without end, each based on the one before. */
    static HalfWayProcess writingMany(Path directory) throws IOException {
        return HalfWayProcess.start(WriterProcess.class, directory.toString(), "many");
    }

    /** The place of the base snapshot. */
    static Path origin(Path directory) {
        return directory.resolveSibling("origin-of-" + directory.getFileName());
    }

    /** The place of one of many snapshots. */
    static Path number(Path directory, int number) {
        return directory.resolveSibling(directory.getFileName() + "-" + number);
    }

    /** Runs in the process. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        try (GuestMemory memory = GuestMemory.allocate(1 << 20)) {
            memory.putU64(0x1000, 0x55);
            Snapshot last;
            try (SnapshotWriter writer =
                    SnapshotWriter.begin(origin(directory), States.HERE, memory.size())) {
                last = take(writer, memory);
                writer.finish();
            }
            boolean one = arguments[1].equals("one");
            for (int i = 0; !one || i == 0; i++) {
                memory.putU64(0x1000, i);
                memory.putU64(0x4000 + (long) (i % 9) * 0x1000, i);
                Path next = one ? directory : number(directory, i);
                try (SnapshotWriter writer = SnapshotWriter.beginChanges(next, last)) {
                    Snapshot taken = take(writer, memory);
                    last.close();
                    last = taken;
                    if (i == 0) {
                        HalfWayProcess.halfWay();
                    }
                    if (one) {
                        HalfWayProcess.awaitContinue();
                    }
                    writer.finish();
                }
            }
        }
    }

    private static Snapshot take(SnapshotWriter writer, GuestMemory memory) throws IOException {
        writer.take(memory, States.state(1));
        Snapshot taken = writer.snapshot();
        memory.rebaseOn(taken.memory());
        return taken;
    }
}
