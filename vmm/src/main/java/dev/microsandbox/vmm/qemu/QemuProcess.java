package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.GuestMachine;
import dev.microsandbox.vmm.machine.LogTail;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One QEMU process. The agent's port is its standard input and output. */
public final class QemuProcess implements GuestMachine {

    /** How long the process may take to exit after its output has ended. */
    private static final long EXIT_PATIENCE_MILLIS = 2_000;

    private final Process process;
    private final QemuMachineKind kind;
    private final LogTail log = new LogTail();
    private volatile boolean stopped;

    private QemuProcess(Process process, QemuMachineKind kind) {
        this.process = process;
        this.kind = kind;
    }

    /**
     * Boots a machine that cannot be saved.
     *
     * @param name for thread names
     * @param kind with the accelerator that QEMU uses
     * @throws SandboxStartException if the process cannot be started
     */
    public static GuestMachine start(
            String name, GuestFiles guest, SandboxConfig config, QemuMachineKind kind)
            throws InterruptedException {
        return launch(
                name,
                List.of(
                        InheritedFile.readOnly(QemuOptions.KERNEL_FD, guest.kernel()),
                        InheritedFile.readOnly(QemuOptions.ROOTFS_FD, guest.rootfs())),
                QemuOptions.boot(config, kind.accelerator()),
                nextUser(kind.accelerator()),
                kind);
    }

    /**
     * Starts a process with the given options.
     *
     * @param name for thread names
     * @param user from {@link #nextUser}
     * @throws SandboxStartException if the process cannot be started
     */
    static QemuProcess launch(
            String name,
            List<InheritedFile> files,
            List<String> options,
            @Nullable Integer user,
            QemuMachineKind kind)
            throws InterruptedException {
        HostPrograms.require(Objects.requireNonNullElse(System.getenv("PATH"), ""));
        List<String> command = QemuCommand.of(files, options, user);
        CompletableFuture<Process> started = new CompletableFuture<>();
        // The kernel binds the death signal to the starting thread, so that thread lives as long as
        // the process.
        Thread.ofPlatform()
                .name(name + "-qemu")
                .daemon()
                .start(() -> startAndWait(command, started));
        try {
            QemuProcess machine = new QemuProcess(started.get(), kind);
            Thread.ofPlatform()
                    .name(name + "-console")
                    .daemon()
                    .start(() -> machine.log.drain(machine.process.getErrorStream()));
            return machine;
        } catch (ExecutionException e) {
            throw new SandboxStartException("QEMU could not be started: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            var _ = started.thenAccept(Process::destroyForcibly);
            throw e;
        }
    }

    /** The user id for the next machine; null for this process's own user. */
    static @Nullable Integer nextUser(QemuAccelerator accelerator) {
        // A user without an account could not open /dev/kvm.
        return accelerator.usesKvm() ? null : ProcessUser.next();
    }

    /** The process, or the shell that is about to execute QEMU. */
    Process handle() {
        return process;
    }

    @Override
    public Isolation isolation() {
        return kind.isolation();
    }

    @Override
    public String description() {
        return kind.description();
    }

    @Override
    public InputStream agentInput() {
        return process.getInputStream();
    }

    @Override
    public OutputStream agentOutput() {
        return process.getOutputStream();
    }

    @Override
    public String lastWords() {
        if (stopped) {
            return "The sandbox was closed.";
        }
        StringBuilder text = new StringBuilder("The sandbox's machine stopped");
        Integer status = exitStatus();
        if (status == null) {
            text = new StringBuilder("The sandbox's machine is still running");
        } else if (status > 128) {
            text.append(": QEMU was killed by signal ").append(status - 128);
        } else if (status != 0) {
            text.append(": QEMU exited with status ").append(status);
        }
        String lines = log.lastLines();
        if (lines.isEmpty()) {
            return text + " without a word; 'msb image verify' tells whether its image is whole.";
        }
        return text + ". Its last lines:\n" + lines;
    }

    @Override
    public void stop() {
        stopped = true;
        process.destroyForcibly();
    }

    private @Nullable Integer exitStatus() {
        try {
            return process.waitFor(EXIT_PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
                    ? process.exitValue()
                    : null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private static void startAndWait(List<String> command, CompletableFuture<Process> started) {
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
