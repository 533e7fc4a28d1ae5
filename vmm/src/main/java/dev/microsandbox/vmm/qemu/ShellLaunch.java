package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.SandboxStartException;
import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Starts QEMU where there is no launcher, with a shell and setpriv: {@link QemuCommand}. */
final class ShellLaunch {

    private ShellLaunch() {}

    /**
     * Starts a process, which ends with this JVM.
     *
     * @param name for its thread's name
     * @param user its user, given back when it ends; null for this process's own
     */
    static Process start(
            String name,
            List<InheritedFile> files,
            List<String> options,
            @Nullable ProcessUser user)
            throws InterruptedException {
        HostPrograms.require(Objects.requireNonNullElse(System.getenv("PATH"), ""));
        List<String> command = QemuCommand.of(files, options, user == null ? null : user.id());
        CompletableFuture<Process> started = new CompletableFuture<>();
        // The kernel binds the death signal to the starting thread, so that thread lives as long as
        // the process.
        Thread.ofPlatform()
                .name(name + "-qemu")
                .daemon()
                .start(() -> startAndWait(command, user, started));
        try {
            return started.get();
        } catch (ExecutionException e) {
            throw new SandboxStartException("QEMU could not be started: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            var _ = started.thenAccept(Process::destroyForcibly);
            throw e;
        }
    }

    private static void startAndWait(
            List<String> command, @Nullable ProcessUser user, CompletableFuture<Process> started) {
        try {
            Process process =
                    new ProcessBuilder(command)
                            .directory(new File("/"))
                            .redirectErrorStream(false)
                            .start();
            started.complete(process);
            ProcessorShares.watch(process);
            waitUninterruptibly(process);
        } catch (IOException e) {
            started.completeExceptionally(e);
        } finally {
            if (user != null) {
                user.release();
            }
        }
    }

    private static void waitUninterruptibly(Process process) {
        while (true) {
            try {
                process.waitFor();
                return;
            } catch (InterruptedException e) {
                // Ignored: the thread must not end before the process does, and nobody else uses
                // it.
            }
        }
    }
}
