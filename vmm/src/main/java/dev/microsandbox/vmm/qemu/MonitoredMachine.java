package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.SandboxStartException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A machine with QEMU's monitor, which only this process reaches.
 *
 * @param user whom QEMU runs as; null for this process's own user
 */
record MonitoredMachine(QemuMachine machine, Qmp monitor, @Nullable Integer user) {

    /** QEMU greets after tens of milliseconds; this is for hosts that are out of breath. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /**
     * Starts a machine, and returns when QEMU has opened all its files.
     *
     * @param options of QEMU, given the socket of its monitor
     * @throws SandboxStartException if it does not start; nothing is left of it
     */
    static MonitoredMachine start(
            String name,
            List<InheritedFile> files,
            Function<Path, List<String>> options,
            QemuAccelerator accelerator,
            String description)
            throws InterruptedException {
        Integer user = QemuMachine.nextUser(accelerator);
        try (PrivateSocket socket = PrivateSocket.listen(user)) {
            QemuMachine machine =
                    QemuMachine.launch(
                            name,
                            files,
                            options.apply(socket.path()),
                            user,
                            accelerator,
                            description);
            try (Deadline _ = Deadline.of(machine.process(), PATIENCE)) {
                return new MonitoredMachine(
                        machine, Qmp.begin(socket.accept(machine.process())), user);
            } catch (IOException e) {
                throw failed(machine, e);
            } catch (InterruptedException | RuntimeException e) {
                machine.stop();
                throw e;
            }
        } catch (IOException e) {
            throw new SandboxStartException("QEMU's monitor: " + e.getMessage(), e);
        }
    }

    /** Ends a machine whose start has failed, and says why it has. */
    static SandboxStartException failed(QemuMachine machine, IOException cause) {
        String lastWords = machine.lastWords();
        machine.stop();
        return new SandboxStartException(
                "The sandbox did not start: " + cause.getMessage() + ". " + lastWords, cause);
    }

    /** Ends both at once. Idempotent. */
    void stop() {
        machine.stop();
        monitor.close();
    }
}
