package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.launch.Launcher;
import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.LocalSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A QEMU process with its monitor, which only this JVM can reach.
 *
 * @param user the user id of QEMU if it was started without the launcher; null otherwise, or for
 *     this process's own user
 */
record MonitoredProcess(QemuProcess process, Qmp monitor, @Nullable Integer user) {

    /**
     * How long QEMU may take to answer. It takes tens of milliseconds; this allows for overloaded
     * hosts.
     */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /**
     * The migration's bandwidth in bytes per second: unlimited in practice. QEMU's default is meant
     * for networks.
     */
    private static final long BANDWIDTH = 1L << 40;

    /** QEMU's name of the connection over which it sends its state. */
    private static final String STATE = "state";

    /** The pause between two queries for a migration's status. */
    private static final long POLL_MILLIS = 2;

    /**
     * Starts a machine and waits until QEMU has opened all its files.
     *
     * @param options QEMU's options, as a function of its monitor's address
     * @throws SandboxStartException if it does not start; nothing is left of it
     */
    static MonitoredProcess start(
            String name,
            List<InheritedFile> files,
            Function<String, List<String>> options,
            QemuMachineKind kind)
            throws InterruptedException {
        Optional<Launcher> launcher = ConfinedLaunch.launcher(kind.confinement());
        try {
            return launcher.isPresent()
                    ? startConfined(name, launcher.get(), files, options, kind)
                    : startByShell(name, files, options, kind);
        } catch (IOException e) {
            throw new SandboxStartException("QEMU's monitor: " + e.getMessage(), e);
        }
    }

    /** QEMU gets its end of a connection, so it needs neither a path nor a call that connects. */
    private static MonitoredProcess startConfined(
            String name,
            Launcher launcher,
            List<InheritedFile> files,
            Function<String, List<String>> options,
            QemuMachineKind kind)
            throws IOException, InterruptedException {
        LocalSocket.Pair pair = LocalSocket.pair(LocalSocket.Kind.STREAM);
        QemuProcess process;
        try (FileDescriptor theirs = pair.theirs()) {
            process =
                    QemuProcess.launch(
                            name,
                            launcher,
                            files,
                            List.of(new Launcher.OpenFor(QemuOptions.MONITOR_FD, theirs)),
                            options.apply(QemuOptions.inheritedMonitor()),
                            kind);
        } catch (InterruptedException | RuntimeException e) {
            pair.ours().close();
            throw e;
        }
        try (Deadline _ = Deadline.of(process.handle(), PATIENCE)) {
            return new MonitoredProcess(process, Qmp.begin(pair.ours()), null);
        } catch (IOException e) {
            throw failed(process, new IOException("QEMU ended too soon", e));
        } catch (InterruptedException | RuntimeException e) {
            process.stop();
            throw e;
        }
    }

    private static MonitoredProcess startByShell(
            String name,
            List<InheritedFile> files,
            Function<String, List<String>> options,
            QemuMachineKind kind)
            throws IOException, InterruptedException {
        ProcessUser own = QemuProcess.ownUser(kind);
        Integer user = own == null ? null : own.id();
        try (PrivateSocket socket = PrivateSocket.listen(user)) {
            QemuProcess process =
                    QemuProcess.launch(
                            name,
                            files,
                            options.apply(QemuOptions.monitorAt(socket.path())),
                            own,
                            kind);
            try (Deadline _ = Deadline.of(process.handle(), PATIENCE)) {
                return new MonitoredProcess(
                        process, Qmp.begin(socket.accept(process.handle())), user);
            } catch (IOException e) {
                throw failed(process, e);
            } catch (InterruptedException | RuntimeException e) {
                process.stop();
                throw e;
            }
        }
    }

    /**
     * Ends the process and closes its monitor after a failed start, and returns an exception with
     * the reason.
     */
    SandboxStartException failed(IOException cause) {
        SandboxStartException failure = failed(process, cause);
        monitor.close();
        return failure;
    }

    private static SandboxStartException failed(QemuProcess process, IOException cause) {
        String lastWords = process.lastWords();
        process.stop();
        return new SandboxStartException(
                "The sandbox did not start: " + cause.getMessage() + ". " + lastWords, cause);
    }

    /** A deadline that kills QEMU unless it is closed in time. */
    Deadline deadline() {
        return Deadline.of(process.handle(), PATIENCE);
    }

    Map<?, ?> execute(String command) throws IOException, InterruptedException {
        return execute(command, "{}");
    }

    /**
     * Makes QEMU execute a command. A QEMU that does not answer in time is killed.
     *
     * @param arguments a JSON object
     * @return the command's result; empty if that is not an object
     * @throws IOException if QEMU refuses, with its reason, or has ended
     */
    Map<?, ?> execute(String command, String arguments) throws IOException, InterruptedException {
        try (Deadline _ = deadline()) {
            return monitor.execute(command, arguments);
        }
    }

    /**
     * Writes the state of a stopped machine to a file. If this fails, QEMU may still be sending.
     *
     * @param most the largest size of the state, in bytes
     * @param abandoned whether the result is no longer wanted
     * @return the SHA-256 of the state
     */
    String sendState(Path file, long most, BooleanSupplier abandoned)
            throws IOException, InterruptedException {
        String hash;
        execute("migrate-set-parameters", "{\"max-bandwidth\": " + BANDWIDTH + "}");
        try (ReadableByteChannel stream = beginSending()) {
            hash = StateStream.receive(timed(stream), file, most, abandoned);
        }
        awaitMigration();
        return hash;
    }

    /** Lets QEMU send its state over a connection: one that it gets, or one that it makes. */
    private ReadableByteChannel beginSending() throws IOException, InterruptedException {
        if (monitor.passesFiles()) {
            LocalSocket.Pair pair = LocalSocket.pair(LocalSocket.Kind.STREAM);
            try (FileDescriptor theirs = pair.theirs();
                    Deadline _ = deadline()) {
                monitor.pass(STATE, theirs);
                execute("migrate", "{\"uri\": \"fd:" + STATE + "\"}");
                return pair.ours();
            } catch (IOException | InterruptedException e) {
                pair.ours().close();
                throw e;
            }
        }
        try (PrivateSocket socket = PrivateSocket.listen(user)) {
            execute("migrate", "{\"uri\": " + Json.quote("unix:" + socket.path()) + "}");
            return accept(socket);
        }
    }

    private SocketChannel accept(PrivateSocket socket) throws IOException, InterruptedException {
        try (Deadline _ = deadline()) {
            return socket.accept(process.handle());
        }
    }

    /** A channel that kills QEMU if a read takes too long. */
    private ReadableByteChannel timed(ReadableByteChannel stream) {
        return new ReadableByteChannel() {
            @Override
            public int read(ByteBuffer into) throws IOException {
                try (Deadline _ = deadline()) {
                    return stream.read(into);
                }
            }

            @Override
            public boolean isOpen() {
                return stream.isOpen();
            }

            @Override
            public void close() throws IOException {
                stream.close();
            }
        };
    }

    /** Loads the state from QEMU's descriptor {@link QemuOptions#STATE_FD}. */
    void loadState() throws IOException, InterruptedException {
        execute("migrate-incoming", "{\"uri\": \"fd:" + QemuOptions.STATE_FD + "\"}");
        awaitMigration();
    }

    private void awaitMigration() throws IOException, InterruptedException {
        while (!isMigrated()) {
            Thread.sleep(POLL_MILLIS);
        }
    }

    private boolean isMigrated() throws IOException, InterruptedException {
        try (Deadline _ = deadline()) {
            return monitor.isMigrated();
        }
    }

    /** Lets a machine continue after its state could not be sent. */
    void recover() throws IOException, InterruptedException {
        execute("migrate_cancel");
        try (Deadline _ = deadline()) {
            while (monitor.isMigrating()) {
                Thread.sleep(POLL_MILLIS);
            }
        }
        execute("cont");
    }

    /** Kills the process and closes its monitor. Idempotent. */
    void stop() {
        process.stop();
        monitor.close();
    }
}
