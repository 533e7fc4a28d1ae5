package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.SandboxStartException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A QEMU process with its monitor, which only this JVM reaches.
 *
 * @param user whom QEMU runs as; null for this process's own user
 */
record MonitoredProcess(QemuProcess process, Qmp monitor, @Nullable Integer user) {

    /** QEMU greets after tens of milliseconds; this is for hosts that are out of breath. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Bytes a second: as fast as it goes. QEMU's default is made for networks. */
    private static final long BANDWIDTH = 1L << 40;

    /** Between two questions whether a migration is done. */
    private static final long POLL_MILLIS = 2;

    /**
     * Starts a machine, and returns when QEMU has opened all its files.
     *
     * @param options of QEMU, given the socket of its monitor
     * @throws SandboxStartException if it does not start; nothing is left of it
     */
    static MonitoredProcess start(
            String name,
            List<InheritedFile> files,
            Function<Path, List<String>> options,
            QemuMachineKind kind)
            throws InterruptedException {
        Integer user = QemuProcess.nextUser(kind.accelerator());
        try (PrivateSocket socket = PrivateSocket.listen(user)) {
            QemuProcess process =
                    QemuProcess.launch(name, files, options.apply(socket.path()), user, kind);
            try (Deadline _ = Deadline.of(process.handle(), PATIENCE)) {
                return new MonitoredProcess(
                        process, Qmp.begin(socket.accept(process.handle())), user);
            } catch (IOException e) {
                throw failed(process, e);
            } catch (InterruptedException | RuntimeException e) {
                process.stop();
                throw e;
            }
        } catch (IOException e) {
            throw new SandboxStartException("QEMU's monitor: " + e.getMessage(), e);
        }
    }

    /** Ends both, whose start has failed, and says why it has. */
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

    /** What ends QEMU if it is not closed in time. */
    Deadline deadline() {
        return Deadline.of(process.handle(), PATIENCE);
    }

    Map<?, ?> execute(String command) throws IOException, InterruptedException {
        return execute(command, "{}");
    }

    /**
     * Has QEMU execute a command; one that does not answer is ended.
     *
     * @param arguments a JSON object
     * @return what it returns; empty if that is no object
     * @throws IOException if QEMU refuses, with its reason, or is gone
     */
    Map<?, ?> execute(String command, String arguments) throws IOException, InterruptedException {
        try (Deadline _ = deadline()) {
            return monitor.execute(command, arguments);
        }
    }

    /**
     * Writes the state of a machine that stands still to a file. If this fails, QEMU may be at it
     * still.
     *
     * @param most bytes that it can have
     * @param abandoned whether nobody wants it any more
     * @return its hash
     */
    String sendState(Path file, long most, BooleanSupplier abandoned)
            throws IOException, InterruptedException {
        String hash;
        execute("migrate-set-parameters", "{\"max-bandwidth\": " + BANDWIDTH + "}");
        try (PrivateSocket socket = PrivateSocket.listen(user)) {
            execute("migrate", "{\"uri\": " + Json.quote("unix:" + socket.path()) + "}");
            try (SocketChannel stream = accept(socket)) {
                hash = StateStream.receive(timed(stream), file, most, abandoned);
            }
        }
        awaitMigration();
        return hash;
    }

    private SocketChannel accept(PrivateSocket socket) throws IOException, InterruptedException {
        try (Deadline _ = deadline()) {
            return socket.accept(process.handle());
        }
    }

    /** Each read of which QEMU has to answer. */
    private ReadableByteChannel timed(SocketChannel stream) {
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

    /** Loads the state that QEMU has open as {@link QemuOptions#STATE_FD}. */
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

    /** Lets a machine go on whose state could not be sent. */
    void recover() throws IOException, InterruptedException {
        execute("migrate_cancel");
        try (Deadline _ = deadline()) {
            while (monitor.isMigrating()) {
                Thread.sleep(POLL_MILLIS);
            }
        }
        execute("cont");
    }

    /** Ends both at once. Idempotent. */
    void stop() {
        process.stop();
        monitor.close();
    }
}
