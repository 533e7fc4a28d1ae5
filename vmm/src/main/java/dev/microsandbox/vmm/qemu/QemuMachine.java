package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.machine.CheckpointFailure;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.PacedInput;
import dev.microsandbox.vmm.machine.RestorableMachine;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A sandbox's machine in QEMU. QEMU can load a state only into a process that was started for it,
 * so a restored machine continues in another process, and the former process ends. Thread-safe.
 */
public final class QemuMachine implements RestorableMachine {

    private final String name;
    private final GuestFiles guest;
    private final SandboxConfig config;
    private final QemuMachineKind kind;
    private final AgentPort port;
    private final InputStream agentInput;
    private final OutputStream agentOutput;

    /** The process that runs the machine. Guarded by this object's lock. */
    private MonitoredProcess current;

    /** The process that will replace it; null if there is none. Guarded by this object's lock. */
    private @Nullable MonitoredProcess next;

    /** Guarded by this object's lock. */
    private boolean stopped;

    QemuMachine(
            String name,
            GuestFiles guest,
            SandboxConfig config,
            QemuMachineKind kind,
            MonitoredProcess current) {
        this.name = name;
        this.guest = guest;
        this.config = config;
        this.kind = kind;
        this.current = current;
        this.port = new AgentPort(current.process());
        this.agentInput = new PacedInput(port.input());
        this.agentOutput = port.output();
    }

    /**
     * Boots a machine.
     *
     * @param name for thread names
     * @param kind with the accelerator that QEMU uses
     * @throws SandboxStartException if it cannot be started
     */
    public static QemuMachine start(
            String name, GuestFiles guest, SandboxConfig config, QemuMachineKind kind)
            throws InterruptedException {
        return new QemuMachine(
                name,
                guest,
                config,
                kind,
                MonitoredProcess.start(
                        name,
                        List.of(
                                InheritedFile.readOnly(QemuOptions.KERNEL_FD, guest.kernel()),
                                InheritedFile.readOnly(QemuOptions.ROOTFS_FD, guest.rootfs())),
                        monitor -> QemuOptions.restorable(config, kind.accelerator(), monitor),
                        kind));
    }

    /**
     * Starts a machine that continues where another was saved. When this returns, it does not need
     * the checkpoint's files any more.
     *
     * @param checkpoint that was saved by {@link #beginSaving}
     * @param config with the vCPUs and the memory of the saved machine
     * @throws CheckpointException if the checkpoint cannot be used; says why and what to do
     * @throws SandboxStartException if the machine does not start
     */
    public static QemuMachine resume(
            String name,
            Path checkpoint,
            GuestFiles guest,
            SandboxConfig config,
            QemuMachineKind kind)
            throws InterruptedException {
        MonitoredProcess qemu = QemuCheckpoint.load(checkpoint, name, guest, config, kind);
        try {
            qemu.execute("cont");
        } catch (IOException e) {
            throw qemu.failed(e);
        } catch (InterruptedException | RuntimeException e) {
            qemu.stop();
            throw e;
        }
        return new QemuMachine(name, guest, config, kind, qemu);
    }

    /**
     * Saves all of the machine. It is paused for a tenth of a second or two per hundred megabytes
     * that it uses, and then continues while this waits for the disk.
     */
    @Override
    public Saving beginSaving(Path directory) throws InterruptedException {
        try {
            return QemuSaving.begin(directory, running(), guest, config, kind);
        } catch (IOException e) {
            throw CheckpointFailure.whileSaving(e);
        }
    }

    /**
     * Starts another process with the saved state. The machine is paused only while that process
     * takes over. Until then, both use memory.
     */
    @Override
    public RestorableMachine.Restoring beginRestoring(Path directory) throws InterruptedException {
        MonitoredProcess loaded;
        try {
            MonitoredProcess _ = running();
            loaded = QemuCheckpoint.load(directory, name, guest, config, kind);
        } catch (IOException e) {
            throw CheckpointFailure.whileRestoring(e);
        } catch (SandboxStartException e) {
            throw new CheckpointException(
                    "The sandbox was not put back, and goes on as it was: " + e.getMessage(), e);
        }
        registerNext(loaded);
        return new Replacement(loaded);
    }

    /** Returns true, because QEMU stops the clock together with the vCPUs. */
    @Override
    public boolean clockStopsWhilePaused() {
        return true;
    }

    private synchronized MonitoredProcess running() throws IOException {
        if (stopped || !current.process().handle().isAlive()) {
            throw new IOException("the machine has ended");
        }
        return current;
    }

    private void registerNext(MonitoredProcess loaded) {
        boolean tooLate;
        synchronized (this) {
            tooLate = stopped;
            next = tooLate ? null : loaded;
        }
        if (tooLate) {
            loaded.stop();
        }
    }

    private final class Replacement implements RestorableMachine.Restoring {

        private final MonitoredProcess loaded;
        private boolean done;

        Replacement(MonitoredProcess loaded) {
            this.loaded = loaded;
        }

        @Override
        public void run(Runnable between) throws InterruptedException {
            try {
                // Done while a failure still leaves the former process running. The new process's
                // agent answers nothing until it is renewed.
                loaded.execute("cont");
                switchTo(loaded, between);
                done = true;
            } catch (IOException e) {
                throw CheckpointFailure.whileRestoring(e);
            }
        }

        @Override
        public void close() {
            if (!done) {
                withdraw(loaded);
            }
        }
    }

    private void withdraw(MonitoredProcess loaded) {
        synchronized (this) {
            next = null;
        }
        loaded.stop();
    }

    private void switchTo(MonitoredProcess loaded, Runnable between) throws IOException {
        MonitoredProcess former;
        synchronized (this) {
            former = running();
            between.run();
            current = loaded;
            next = null;
            port.switchTo(loaded.process());
        }
        // A thread that reads from the former process then continues with the new one.
        former.stop();
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
        return agentInput;
    }

    @Override
    public OutputStream agentOutput() {
        return agentOutput;
    }

    @Override
    public String lastWords() {
        MonitoredProcess last;
        synchronized (this) {
            last = current;
        }
        return last.process().lastWords();
    }

    @Override
    public synchronized void stop() {
        stopped = true;
        current.stop();
        if (next != null) {
            next.stop();
        }
    }
}
