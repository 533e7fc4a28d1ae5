package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.memory.GuestMemory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A process of its own that is writing snapshots, and can be killed. */
final class WriterProcess implements AutoCloseable {

    private static final String HALF_WAY = "half-way\n";

    private final Process process;

    private WriterProcess(Process process) {
        this.process = process;
    }

    /**
     * Starts one that stops when it has taken the memory, for a snapshot that goes on from one that
     * it makes before: {@link #origin}.
     */
    static WriterProcess writing(Path directory) throws IOException {
        return start(directory, "one");
    }

    /** Starts one that writes snapshots without end, each going on from the one before. */
    static WriterProcess writingMany(Path directory) throws IOException {
        return start(directory, "many");
    }

    /** What a snapshot goes on from. */
    static Path origin(Path directory) {
        return directory.resolveSibling("origin-of-" + directory.getFileName());
    }

    /** One of many. */
    static Path number(Path directory, int number) {
        return directory.resolveSibling(directory.getFileName() + "-" + number);
    }

    private static WriterProcess start(Path directory, String what) throws IOException {
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WriterProcess.class.getName(),
                        directory.toString(),
                        what);
        return new WriterProcess(
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    void awaitHalfWay() throws IOException {
        InputStream out = process.getInputStream();
        String line = new String(out.readNBytes(HALF_WAY.length()), StandardCharsets.UTF_8);
        if (!line.equals(HALF_WAY)) {
            throw new IOException("the process said " + line);
        }
    }

    /** Lets it finish, and waits for its end. */
    void goOn() throws IOException {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
        process.onExit().join();
    }

    /** SIGKILL: nothing of the process's own runs any more. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
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
                        System.out.print(HALF_WAY);
                        System.out.flush();
                    }
                    if (one && System.in.read() < 0) {
                        throw new IOException("nobody is there any more");
                    }
                    writer.finish();
                }
            }
        }
    }

    private static Snapshot take(SnapshotWriter writer, GuestMemory memory) throws IOException {
        writer.take(memory, States.state(1));
        Snapshot taken = writer.snapshot();
        memory.settle(taken.memory());
        return taken;
    }
}
