package dev.microsandbox.vmm.host;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.vmm.Progress;
import dev.microsandbox.vmm.launch.LaunchedProcess;
import dev.microsandbox.vmm.launch.Launcher;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** A build of the missing images by the launcher, whose rights this process lacks. */
final class ImageBuild {

    /** With what the command line begins its messages. */
    private static final String NAME = "msb: ";

    private ImageBuild() {}

    /**
     * Builds what is missing, and waits for it. A failure is reported. The start of a sandbox then
     * finds no image.
     *
     * @throws InterruptedException if interrupted; the build is abandoned
     */
    static void run(Launcher launcher, Progress progress) throws InterruptedException {
        LaunchedProcess build;
        try {
            build = launcher.startBuild();
        } catch (IOException e) {
            progress.report("Missing images cannot be built: " + e.getMessage());
            return;
        }
        try {
            Thread.ofVirtual().name("image-build-output").start(() -> discard(build));
            Thread lines =
                    Thread.ofVirtual()
                            .name("image-build-progress")
                            .start(() -> report(build, progress));
            int status = build.waitFor();
            lines.join();
            if (status != 0) {
                progress.report("The build of missing images failed with status " + status);
            }
        } finally {
            build.destroy();
        }
    }

    private static void report(LaunchedProcess build, Progress progress) {
        try (BufferedReader lines = build.errorReader(UTF_8)) {
            lines.lines()
                    .map(line -> line.startsWith(NAME) ? line.substring(NAME.length()) : line)
                    .forEach(progress::report);
        } catch (IOException | UncheckedIOException e) {
            progress.report("The build's messages end here: " + e.getMessage());
        }
    }

    private static void discard(LaunchedProcess build) {
        try (OutputStream nowhere = OutputStream.nullOutputStream()) {
            build.getOutputStream().close();
            long _ = build.getInputStream().transferTo(nowhere);
        } catch (IOException e) {
            // It has ended.
            return;
        }
    }
}
