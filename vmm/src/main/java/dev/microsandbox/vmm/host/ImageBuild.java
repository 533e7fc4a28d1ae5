package dev.microsandbox.vmm.host;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.vmm.Progress;
import dev.microsandbox.vmm.launch.LaunchedProcess;
import dev.microsandbox.vmm.launch.Launcher;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
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
     * @param templates whether templates are made too
     * @throws InterruptedException if interrupted; the build is abandoned
     */
    static void run(Launcher launcher, boolean templates, Progress progress)
            throws InterruptedException {
        LaunchedProcess build;
        try {
            build = launcher.startBuild(templates);
        } catch (IOException e) {
            progress.report("Missing images cannot be built: " + e.getMessage());
            return;
        }
        try {
            Thread lines = follow(build.getInputStream(), build.getErrorStream(), progress);
            closeInput(build);
            int status = build.waitFor();
            lines.join();
            if (status != 0) {
                progress.report("The build of missing images failed with status " + status);
            }
        } finally {
            build.destroy();
        }
    }

    private static void closeInput(LaunchedProcess build) {
        try {
            build.getOutputStream().close();
        } catch (IOException e) {
            // It has ended.
            return;
        }
    }

    /**
     * Reads what a build writes. A read of such a pipe holds the processor of a virtual thread, and
     * there are as few of these as the host has: all requests would wait for the build.
     *
     * @return the thread that reports the messages
     */
    static Thread follow(InputStream output, InputStream messages, Progress progress) {
        Thread.ofPlatform().daemon().name("image-build-output").start(() -> discard(output));
        return Thread.ofPlatform()
                .daemon()
                .name("image-build-progress")
                .start(() -> report(messages, progress));
    }

    private static void report(InputStream messages, Progress progress) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(messages, UTF_8))) {
            lines.lines()
                    .map(line -> line.startsWith(NAME) ? line.substring(NAME.length()) : line)
                    .forEach(progress::report);
        } catch (IOException | UncheckedIOException e) {
            progress.report("The build's messages end here: " + e.getMessage());
        }
    }

    private static void discard(InputStream output) {
        try (output;
                OutputStream nowhere = OutputStream.nullOutputStream()) {
            long _ = output.transferTo(nowhere);
        } catch (IOException e) {
            // It has ended.
            return;
        }
    }
}
