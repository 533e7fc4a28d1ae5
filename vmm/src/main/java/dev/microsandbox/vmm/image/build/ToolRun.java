package dev.microsandbox.vmm.image.build;

import dev.microsandbox.vmm.ImageException;
import dev.microsandbox.vmm.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Runs the tools of one build and writes their output to the build's log. */
public final class ToolRun {

    /** How often to report the progress of a tool. */
    private static final int REPORT_SECONDS = 10;

    private static final long POLL_MILLIS = 100;

    /** How much of the log an error message quotes at most. */
    private static final int QUOTED_LINES = 12;

    private static final int QUOTED_BYTES = 8 * 1024;

    private final Path log;
    private final Progress progress;

    /**
     * Runs tools that all write to one log.
     *
     * @param log an existing file
     */
    public ToolRun(Path log, Progress progress) {
        this.log = log;
        this.progress = progress;
    }

    void report(String line) {
        progress.report(line);
    }

    void run(String what, List<String> command) throws IOException, InterruptedException {
        run(what, command, line -> null);
    }

    /**
     * Runs a tool to its end.
     *
     * @param what the tool does, for messages, such as "Building the guest kernel"
     * @param status turns a line of the tool's output into a progress report, or null
     * @throws ImageException if the tool cannot be started or fails; quotes the end of the log
     * @throws InterruptedException if interrupted; the tool and its children are killed
     */
    void run(String what, List<String> command, Function<String, @Nullable String> status)
            throws IOException, InterruptedException {
        try (ToolLog output = new ToolLog(log)) {
            Process process = start(what, command);
            try {
                await(what, process, output, status);
            } finally {
                // This does nothing after a tool that has ended by itself.
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            if (process.exitValue() != 0) {
                throw failed(what, process.exitValue());
            }
        }
    }

    private Process start(String what, List<String> command) {
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("DEBIAN_FRONTEND", "noninteractive");
        // Set if a make runs this process.
        builder.environment().keySet().removeAll(List.of("MAKEFLAGS", "MFLAGS", "MAKELEVEL"));
        try {
            return builder.start();
        } catch (IOException e) {
            throw ImageException.of(what, e);
        }
    }

    private void await(
            String what, Process process, ToolLog output, Function<String, @Nullable String> status)
            throws IOException, InterruptedException {
        Elapsed elapsed = new Elapsed();
        long lastReport = 0;
        String state = "";
        while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
            for (String line : output.newLines()) {
                String news = status.apply(line);
                state = news == null ? state : news + ", ";
            }
            if (elapsed.seconds() >= lastReport + REPORT_SECONDS) {
                lastReport = elapsed.seconds();
                progress.report(what + ": " + state + elapsed);
            }
        }
    }

    private ImageException failed(String what, int status) throws IOException {
        return new ImageException(
                what
                        + " failed with status "
                        + status
                        + ". The last lines of "
                        + log
                        + ":\n"
                        + ToolLog.tail(log, QUOTED_LINES, QUOTED_BYTES));
    }

    /**
     * The output of a short command.
     *
     * @return null if the command is not installed or its status is not 0
     */
    static @Nullable String output(String... command) throws IOException, InterruptedException {
        Process process;
        try {
            process =
                    new ProcessBuilder(command)
                            .redirectInput(Path.of("/dev/null").toFile())
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
        } catch (IOException e) {
            return null;
        }
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.waitFor() == 0 ? text : null;
    }
}
