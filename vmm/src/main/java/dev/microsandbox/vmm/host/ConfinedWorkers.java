package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.Progress;
import dev.microsandbox.vmm.launch.LaunchException;
import dev.microsandbox.vmm.launch.LaunchedWorker;
import dev.microsandbox.vmm.launch.Launcher;
import dev.microsandbox.vmm.launch.Layers;
import dev.microsandbox.vmm.launch.WorkerSocket;
import dev.microsandbox.vmm.linux.Errno;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Processes of this program that run the machines of one tenant each. The launcher that started
 * this process starts them, and keeps them from each other and from this one. Thread-safe.
 */
public final class ConfinedWorkers {

    private final Launcher launcher;

    private ConfinedWorkers(Launcher launcher) {
        this.launcher = launcher;
    }

    /**
     * The workers that this process can have.
     *
     * @return empty if no launcher has started this process, or it cannot confine workers here
     * @throws IOException if the launcher does not answer
     */
    public static Optional<ConfinedWorkers> find(Emulation emulation)
            throws IOException, InterruptedException {
        if (!Launcher.hasStartedThis()) {
            return Optional.empty();
        }
        return Launcher.find(emulation.confinement())
                .filter(Launcher::canStartWorkers)
                .map(ConfinedWorkers::new);
    }

    /**
     * What would keep workers from each other.
     *
     * @param launched whether a launcher has started this process, which alone can start workers
     * @param apart whether workers can be kept from each other at all
     * @param ownUsers whether each worker would have a user of its own
     * @param landlock the version of the kernel's Landlock; 0 if it has none
     */
    public record Finding(boolean launched, boolean apart, boolean ownUsers, int landlock) {}

    /**
     * Asks the launcher what it can do for workers on this host.
     *
     * @throws IOException if it does not answer
     */
    public static Finding examine(Emulation emulation) throws IOException, InterruptedException {
        Optional<Layers> found =
                Launcher.hasStartedThis()
                        ? Launcher.find(emulation.confinement()).map(Launcher::layers)
                        : Optional.empty();
        return found.map(
                        layers ->
                                new Finding(
                                        true,
                                        layers.canStartWorkers(),
                                        layers.workersHaveUsers(),
                                        layers.landlock()))
                .orElse(new Finding(false, false, false, 0));
    }

    /**
     * Builds images that are missing, then templates, and waits for it. A failure is reported. In
     * this process's place, since it can be asked for by many and lacks the rights.
     *
     * @param templates whether templates are made
     */
    public void prepare(boolean templates, Progress progress) throws InterruptedException {
        if (launcher.layers().canBuild()) {
            ImageBuild.run(launcher, templates, progress);
        }
    }

    /** Gives up {@link #prepare} for good. */
    public void endPreparation() throws IOException, InterruptedException {
        launcher.endBuilds();
    }

    /**
     * Gives a session that this process has kept to a tenant, whose worker resumes it.
     *
     * @throws IOException if the launcher refuses
     */
    public void adopt(String session, String tenant) throws IOException, InterruptedException {
        launcher.adopt(session, tenant);
    }

    /**
     * Takes all sessions of a tenant back to this process's directory.
     *
     * @return false while a worker of the tenant runs
     * @throws IOException if the launcher refuses for another reason
     */
    public boolean giveBack(String tenant) throws IOException, InterruptedException {
        try {
            launcher.giveBack(tenant);
            return true;
        } catch (LaunchException e) {
            if (e.errno() == Errno.EBUSY) {
                return false;
            }
            throw e;
        }
    }

    /**
     * Starts the worker of a tenant.
     *
     * @param tenant 1 to 63 of a-z, 0-9, '-' and '_', the first a letter or digit
     * @throws IOException if the launcher refuses
     */
    public Worker start(String tenant) throws IOException, InterruptedException {
        return new Worker(launcher.startWorker(tenant));
    }

    /** A worker that has been started. Thread-safe. */
    public static final class Worker {

        private final LaunchedWorker process;

        private Worker(LaunchedWorker process) {
            this.process = process;
        }

        /** The id of the process that is the parent of the worker. */
        public long pid() {
            return process.pid();
        }

        /**
         * Connects to its HTTP server.
         *
         * @throws IOException if it does not listen
         */
        public Socket connectHttp() throws IOException, InterruptedException {
            return new Socket(process.connect(LaunchedWorker.Socket.HTTP));
        }

        /** As {@link #connectHttp}, to what it listens on for control messages. */
        public Socket connectControl() throws IOException, InterruptedException {
            return new Socket(process.connect(LaunchedWorker.Socket.CONTROL));
        }

        /** Kills it and its machines, without waiting for their end. */
        public void kill() {
            process.kill();
        }

        /** Its exit status, or 128 and the number of the signal that ended it. */
        public CompletableFuture<Integer> exit() {
            return process.exit();
        }
    }

    /** A connection to a worker. One thread may read while another writes; any may close it. */
    public static final class Socket implements ByteChannel {

        private final WorkerSocket socket;

        private Socket(WorkerSocket socket) {
            this.socket = socket;
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            return socket.read(into);
        }

        @Override
        public int write(ByteBuffer from) throws IOException {
            return socket.write(from);
        }

        /** Whether the worker's end is open and has sent nothing that was not read. */
        public boolean isQuiet() throws IOException {
            return socket.isQuiet();
        }

        @Override
        public boolean isOpen() {
            return socket.isOpen();
        }

        @Override
        public void close() {
            socket.close();
        }
    }
}
