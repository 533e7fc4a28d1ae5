package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.memory.GuestMemory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A process of its own that is half-way through writing a snapshot, and can be killed. */
final class WriterProcess implements AutoCloseable {

    private static final String HALF_WAY = "half-way\n";

    private final Process process;

    private WriterProcess(Process process) {
        this.process = process;
    }

    /** Starts one that stops when it has taken the memory. */
    static WriterProcess writing(Path directory) throws IOException {
        List<String> command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WriterProcess.class.getName(),
                        directory.toString());
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
        try (GuestMemory memory = GuestMemory.allocate(1 << 20)) {
            memory.putU64(0x1000, 0x55);
            try (SnapshotWriter writer =
                    SnapshotWriter.begin(Path.of(arguments[0]), States.HERE, memory.size())) {
                writer.take(memory, States.state(1));
                System.out.print(HALF_WAY);
                System.out.flush();
                if (System.in.read() < 0) {
                    throw new IOException("nobody is there any more");
                }
                String _ = writer.finish();
            }
        }
    }
}
