package dev.microsandbox.vmm.qemu;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A process of its own that is half-way through making a directory, and can be killed. */
final class NewDirectoryProcess implements AutoCloseable {

    private static final String HALF_WAY = "half-way\n";

    private final Process process;

    private NewDirectoryProcess(Process process) {
        this.process = process;
    }

    /** Starts one that stops when it has written a file. */
    static NewDirectoryProcess making(Path directory) throws IOException {
        return new NewDirectoryProcess(
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                NewDirectoryProcess.class.getName(),
                                directory.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
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
        try (NewDirectory directory = NewDirectory.begin(Path.of(arguments[0]), "last")) {
            Files.writeString(directory.create("file", 0), "half of it");
            System.out.print(HALF_WAY);
            System.out.flush();
            if (System.in.read() >= 0) {
                directory.commit("from another process".getBytes(StandardCharsets.UTF_8));
            }
        }
    }
}
