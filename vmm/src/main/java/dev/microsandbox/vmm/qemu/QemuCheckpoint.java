package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.machine.CheckpointFailure;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.qemu.SavedManifest.Contents;
import dev.microsandbox.vmm.storage.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * A checkpoint of a machine, saved while it ran. It is a directory with these files:
 *
 * <pre>
 * memory   RAM and devices in QEMU's migration format, with nine bytes for a page of zeros
 * state    a {@link SavedManifest}, written last
 * </pre>
 *
 * <p>The files have the same names as those of a snapshot on KVM. So a process that writes one kind
 * of directory recognises an unfinished one of the other kind: it leaves it alone while its writer
 * lives, and removes it afterwards.
 */
public final class QemuCheckpoint {

    static final String MEMORY = "memory";

    static final String MANIFEST = "state";

    private QemuCheckpoint() {}

    /**
     * Whether a directory looks like a checkpoint. {@link QemuMachine#resume} checks whether it is
     * intact.
     */
    public static boolean isAt(Path directory) {
        return SavedManifest.isOf(Contents.CHECKPOINT, directory.resolve(MANIFEST));
    }

    /**
     * Starts a process and loads the checkpoint. The machine is stopped when this returns, and does
     * not need the files any more.
     *
     * @param name for thread names
     * @throws CheckpointException if the checkpoint is damaged, missing, or does not fit this QEMU,
     *     guest or configuration
     * @throws SandboxStartException if the process does not start; nothing is left of it
     */
    static MonitoredProcess load(
            Path directory,
            String name,
            GuestFiles guest,
            SandboxConfig config,
            QemuMachineKind kind)
            throws InterruptedException {
        verify(directory, guest, config, kind);
        MonitoredProcess qemu =
                MonitoredProcess.start(
                        name,
                        List.of(
                                InheritedFile.readOnly(QemuOptions.ROOTFS_FD, guest.rootfs()),
                                InheritedFile.readOnly(
                                        QemuOptions.STATE_FD,
                                        directory.toAbsolutePath().resolve(MEMORY))),
                        monitor -> QemuOptions.restored(config, kind.accelerator(), monitor),
                        kind);
        try {
            qemu.loadState();
            return qemu;
        } catch (IOException e) {
            throw qemu.failed(e);
        } catch (InterruptedException | RuntimeException e) {
            qemu.stop();
            throw e;
        }
    }

    private static void verify(
            Path directory, GuestFiles guest, SandboxConfig config, QemuMachineKind kind)
            throws InterruptedException {
        SavedManifest manifest;
        try {
            manifest = read(directory);
            manifest.check(QemuVersion.installed(kind.confinement()), guest, kind.accelerator());
            if (!hash(directory.resolve(MEMORY)).equals(manifest.hash(MEMORY))) {
                throw new IOException("its file 'memory' is damaged; delete it");
            }
        } catch (IOException e) {
            throw CheckpointFailure.whileRestoring(e);
        }
        if (manifest.cpus() != config.cpus() || manifest.memoryBytes() != config.memoryBytes()) {
            throw new CheckpointException(
                    "The checkpoint is that of a sandbox with %d vCPUs and %d MiB of memory, not with %d and %d."
                            .formatted(
                                    manifest.cpus(),
                                    manifest.memoryBytes() >> 20,
                                    config.cpus(),
                                    config.memoryBytes() >> 20),
                    null);
        }
    }

    private static SavedManifest read(Path directory) throws IOException {
        Path file = directory.resolve(MANIFEST);
        if (!Files.isDirectory(directory)) {
            throw new IOException("it does not exist");
        }
        if (!Files.exists(file)) {
            throw new IOException("it has no file 'state', so it was not finished; delete it");
        }
        if (!isAt(directory)) {
            throw new IOException(
                    "it was not made in software emulation (QEMU), on which sandboxes run here, or its file 'state' is damaged; one that was made on KVM goes on where the accelerator is KVM");
        }
        return SavedManifest.read(Contents.CHECKPOINT, file);
    }

    private static String hash(Path file) throws IOException, InterruptedException {
        try {
            return Sha256.ofFile(file);
        } catch (NoSuchFileException e) {
            throw new IOException("it has no file 'memory'; delete it", e);
        }
    }
}
