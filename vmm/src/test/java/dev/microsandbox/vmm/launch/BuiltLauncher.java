package dev.microsandbox.vmm.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The launcher, built from its sources for the tests, which then start QEMU by it. The variable
 * {@code MICROSANDBOX_TEST_LAUNCHER} names another one, such as a script that enters a tree with
 * another QEMU.
 */
public final class BuiltLauncher {

    private static final String SOURCES = "src/main/launcher";
    private static final Path OUT = Path.of("target/launcher").toAbsolutePath();

    private BuiltLauncher() {}

    /** Builds the launcher, unless it is up to date, and makes this process use it. */
    public static Path use() {
        String other = System.getenv("MICROSANDBOX_TEST_LAUNCHER");
        if (other != null) {
            System.setProperty(Launcher.PROGRAM, other);
            return Path.of(other);
        }
        Path program = OUT.resolve("msb-launch");
        if (!System.getProperty(Launcher.PROGRAM, "").equals(program.toString())) {
            try {
                String _ = make("all");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            System.setProperty(Launcher.PROGRAM, program.toString());
        }
        return program;
    }

    /** Runs make, one test process at a time, and returns its output. */
    static String make(String... arguments) throws IOException, InterruptedException {
        Files.createDirectories(OUT);
        try (FileChannel file =
                        FileChannel.open(
                                OUT.resolve("lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                FileLock _ = file.lock()) {
            List<String> command = new ArrayList<>(List.of("make", "-C", SOURCES, "OUT=" + OUT));
            command.addAll(List.of(arguments));
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = process.inputReader().readAllAsString();
            if (process.waitFor() != 0) {
                throw new IOException("the launcher is not built:\n" + output);
            }
            return output;
        }
    }
}
