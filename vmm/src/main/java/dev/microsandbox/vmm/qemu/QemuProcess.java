package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.cgroup.ProcessGroups;
import dev.microsandbox.vmm.launch.Launcher;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.GuestMachine;
import dev.microsandbox.vmm.machine.LogTail;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
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
        List<InheritedFile> files =
                List.of(
                        InheritedFile.readOnly(QemuOptions.KERNEL_FD, guest.kernel()),
                        InheritedFile.readOnly(QemuOptions.ROOTFS_FD, guest.rootfs()));
        List<String> options = QemuOptions.boot(config, kind.accelerator());
        Optional<Launcher> launcher = ConfinedLaunch.launcher(kind.confinement());
        return launcher.isPresent()
                ? launch(name, launcher.get(), files, List.of(), options, kind)
                : launch(name, files, options, ownUser(kind), kind);
    }

    /**
     * Starts a process with the given options by the launcher.
     *
     * @param name for thread names
     * @param connections which the caller closes
     * @throws SandboxStartException if the process cannot be started
     */
    static QemuProcess launch(
            String name,
            Launcher launcher,
            List<InheritedFile> files,
            List<Launcher.OpenFor> connections,
            List<String> options,
            QemuMachineKind kind)
            throws InterruptedException {
        return of(
                name,
                ConfinedLaunch.start(launcher, files, connections, options, kind.accelerator()),
                options,
                kind);
    }

    /**
     * Starts a process with the given options without the launcher.
     *
     * @param name for thread names
     * @param user from {@link #ownUser}
     * @throws SandboxStartException if the process cannot be started
     */
    static QemuProcess launch(
            String name,
            List<InheritedFile> files,
            List<String> options,
            @Nullable ProcessUser user,
            QemuMachineKind kind)
            throws InterruptedException {
        return of(name, ShellLaunch.start(name, files, options, user), options, kind);
    }

    private static QemuProcess of(
            String name, Process process, List<String> options, QemuMachineKind kind) {
        ProcessGroups.limit(
                process, QemuOptions.limits(options), () -> ProcessorShares.watchGroup(process));
        QemuProcess machine = new QemuProcess(process, kind);
        Thread.ofPlatform()
                .name(name + "-console")
                .daemon()
                .start(() -> machine.log.drain(machine.process.getErrorStream()));
        return machine;
    }

    /**
     * The user of a machine that is started without the launcher; null for this process's own user.
     *
     * @throws SandboxStartException if nothing would keep QEMU from this user's files
     */
    static @Nullable ProcessUser ownUser(QemuMachineKind kind) {
        // A user without an account could not open /dev/kvm.
        ProcessUser user =
                kind.accelerator().usesKvm() ? null : ProcessUser.next(kind.confinement());
        if (user == null && !kind.accelerator().usesKvm() && !kind.confinement().unconfined()) {
            throw new SandboxStartException(
                    "QEMU is not started: nothing would confine it, since this process may not change users, and the program msb-launch is missing. Install gcc and start ./msb anew, which builds it; or, where you accept that a guest that breaks out of QEMU has this user's files, set qemu.unconfined: true.",
                    null);
        }
        return user;
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
}
