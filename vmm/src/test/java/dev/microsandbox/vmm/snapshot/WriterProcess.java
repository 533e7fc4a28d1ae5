package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.HalfWayProcess;
import dev.microsandbox.vmm.memory.GuestMemory;
import java.io.IOException;
import java.nio.file.Path;

/** A process of its own that is writing snapshots, and can be killed. */
final class WriterProcess {

    private WriterProcess() {}

    /**
     * Starts one that stops when it has taken the memory, for a snapshot that goes on from one that
     * it makes before: {@link #origin}.
     */
    static HalfWayProcess writing(Path directory) throws IOException {
        return HalfWayProcess.start(WriterProcess.class, directory.toString(), "one");
    }

    /** Starts one that writes snapshots without end, each going on from the one before. */
    static HalfWayProcess writingMany(Path directory) throws IOException {
        return HalfWayProcess.start(WriterProcess.class, directory.toString(), "many");
    }

    /** What a snapshot goes on from. */
    static Path origin(Path directory) {
        return directory.resolveSibling("origin-of-" + directory.getFileName());
    }

    /** One of many. */
    static Path number(Path directory, int number) {
        return directory.resolveSibling(directory.getFileName() + "-" + number);
    }

    /** The process. */
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
                        HalfWayProcess.awaitGoingOn();
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
