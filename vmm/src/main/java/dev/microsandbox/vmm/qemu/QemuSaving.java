package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.machine.CheckpointFailure;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.RestorableMachine;
import dev.microsandbox.vmm.machine.UninterruptedWork;
import dev.microsandbox.vmm.qemu.SavedManifest.Contents;
import dev.microsandbox.vmm.storage.NewDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Saves a machine as a {@link QemuCheckpoint}. */
final class QemuSaving implements RestorableMachine.Saving {

    /**
     * The most that devices and headers may take in addition to the RAM, including QEMU's few bytes
     * per page.
     */
    private static final long BESIDE_PAGES = 64 << 20;

    private final MonitoredProcess qemu;
    private final GuestFiles guest;
    private final SandboxConfig config;
    private final QemuMachineKind kind;
    private final NewDirectory files;
    private final Path memory;
    private final String version;

    /** The SHA-256 of the state that was taken; null before {@link #take}. */
    private @Nullable String taken;

    private QemuSaving(
            MonitoredProcess qemu,
            GuestFiles guest,
            SandboxConfig config,
            QemuMachineKind kind,
            NewDirectory files,
            String version)
            throws IOException {
        this.qemu = qemu;
        this.guest = guest;
        this.config = config;
        this.kind = kind;
        this.files = files;
        this.version = version;
        this.memory = files.create(QemuCheckpoint.MEMORY, 0);
    }

    static QemuSaving begin(
            Path directory,
            MonitoredProcess qemu,
            GuestFiles guest,
            SandboxConfig config,
            QemuMachineKind kind)
            throws IOException, InterruptedException {
        String version = QemuVersion.installed(kind.confinement());
        NewDirectory files = NewDirectory.begin(directory, QemuCheckpoint.MANIFEST);
        try {
            return new QemuSaving(qemu, guest, config, kind, files, version);
        } catch (IOException | RuntimeException e) {
            files.close();
            throw e;
        }
    }

    @Override
    public void take() throws InterruptedException {
        AtomicBoolean abandoned = new AtomicBoolean();
        try {
            taken = UninterruptedWork.call(() -> take(abandoned), () -> abandoned.set(true));
        } catch (IOException e) {
            throw CheckpointFailure.whileSaving(e);
        }
    }

    private String take(AtomicBoolean abandoned) throws IOException, InterruptedException {
        if (!qemu.process().handle().isAlive()) {
            throw new IOException("the machine has ended");
        }
        boolean goesOn = false;
        try {
            qemu.execute("stop");
            String hash =
                    qemu.sendState(memory, config.memoryBytes() + BESIDE_PAGES, abandoned::get);
            qemu.execute("cont");
            goesOn = true;
            return hash;
        } finally {
            if (!goesOn) {
                recover();
            }
        }
    }

    /** Lets the machine continue after a failure; kills it if that is impossible. */
    private void recover() throws InterruptedException {
        try {
            qemu.recover();
        } catch (IOException e) {
            qemu.stop();
        }
    }

    @Override
    public long finish() throws InterruptedException {
        byte[] manifest =
                SavedManifest.of(
                                Contents.CHECKPOINT,
                                guest,
                                kind.accelerator(),
                                config,
                                version,
                                Map.of(QemuCheckpoint.MEMORY, Objects.requireNonNull(taken)))
                        .encode();
        try {
            long bytes = memory.toFile().length() + manifest.length;
            files.commit(manifest);
            return bytes;
        } catch (IOException e) {
            throw CheckpointFailure.whileSaving(e);
        }
    }

    @Override
    public void close() {
        try {
            files.close();
        } catch (IOException e) {
            // Saving the next checkpoint in the same place removes the rest.
        }
    }
}
