package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.Memfd;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.MachineTemplate;
import dev.microsandbox.vmm.qemu.SavedManifest.Contents;
import dev.microsandbox.vmm.storage.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A saved machine from which any number of machines start. {@link QemuTemplateMachine#save} writes
 * it. Thread-safe.
 *
 * <p>Memory and state are read and verified once, into memory files that are sealed against
 * writing. QEMU maps the memory privately, so machines share the pages that they do not write to.
 * None of them can change what the others get, not even one whose guest has taken over QEMU. QEMU
 * never gets the template's own files.
 */
public final class QemuTemplate implements MachineTemplate, AutoCloseable {

    // Its files.

    /** RAM: a file of the RAM's size, with holes where it is zero. */
    static final String MEMORY = "memory";

    /** The rest of the machine's state, in QEMU's migration format. */
    static final String STATE = "state";

    /** A {@link SavedManifest}, written last. */
    static final String MANIFEST = "manifest";

    /** The largest state without RAM; it usually has some hundred KiB. */
    static final int MOST_STATE_BYTES = 16 << 20;

    private final SavedManifest manifest;
    private final GuestFiles guest;
    private final QemuMachineKind kind;
    private final FileDescriptor memory;
    private final FileDescriptor state;

    /**
     * Held for reading while a machine starts and for writing while the template is closed, so that
     * a descriptor's number does not become another file's during a start.
     */
    private final ReadWriteLock use = new ReentrantReadWriteLock();

    private boolean closed;

    private QemuTemplate(
            SavedManifest manifest,
            GuestFiles guest,
            QemuMachineKind kind,
            FileDescriptor memory,
            FileDescriptor state) {
        this.manifest = manifest;
        this.guest = guest;
        this.kind = kind;
        this.memory = memory;
        this.state = state;
    }

    /**
     * Reads and verifies a template. It takes as much of this host's memory as its guest uses.
     *
     * @param guest the files of which its machine was made
     * @param kind of its machine
     * @throws QemuTemplateException if it does not exist, is damaged, or does not fit this QEMU or
     *     guest
     */
    public static QemuTemplate open(Path directory, GuestFiles guest, QemuMachineKind kind)
            throws InterruptedException {
        String installed;
        try {
            installed = QemuVersion.installed(kind.confinement());
        } catch (IOException e) {
            throw new QemuTemplateException("QEMU does not tell its version: " + e.getMessage(), e);
        }
        return open(directory, guest, kind, installed);
    }

    /**
     * Reads and verifies a template.
     *
     * @param installedQemu the result of {@link QemuVersion#installed}
     */
    static QemuTemplate open(
            Path directory, GuestFiles guest, QemuMachineKind kind, String installedQemu)
            throws InterruptedException {
        try {
            SavedManifest manifest =
                    SavedManifest.read(Contents.TEMPLATE, directory.resolve(MANIFEST));
            manifest.check(installedQemu, guest, kind.accelerator());
            FileDescriptor state = state(directory.resolve(STATE), manifest);
            try {
                return new QemuTemplate(
                        manifest, guest, kind, memory(directory.resolve(MEMORY), manifest), state);
            } catch (IOException | InterruptedException | RuntimeException e) {
                state.close();
                throw e;
            }
        } catch (NoSuchFileException e) {
            throw refused(directory, e.getFile() + " is missing", e);
        } catch (IOException e) {
            throw refused(directory, e.getMessage(), e);
        }
    }

    /**
     * Starts a machine that continues where the saved one was. The caller then has to give it its
     * own identity, as for any restored machine.
     *
     * @param name for thread names
     * @param config with the vCPUs and the memory of the saved machine
     * @throws SandboxStartException if it does not start; nothing is left of it
     */
    @Override
    public QemuMachine start(String name, SandboxConfig config) throws InterruptedException {
        if (config.cpus() != manifest.cpus() || config.memoryBytes() != manifest.memoryBytes()) {
            throw new IllegalArgumentException(
                    "the template has %d cpus and %d bytes of memory, not %d and %d"
                            .formatted(
                                    manifest.cpus(),
                                    manifest.memoryBytes(),
                                    config.cpus(),
                                    config.memoryBytes()));
        }
        MonitoredProcess qemu = launch(name, config);
        try {
            qemu.loadState();
            qemu.execute("cont");
        } catch (IOException e) {
            throw qemu.failed(e);
        } catch (InterruptedException | RuntimeException e) {
            qemu.stop();
            throw e;
        }
        return new QemuMachine(name, guest, config, kind, qemu);
    }

    private MonitoredProcess launch(String name, SandboxConfig config) throws InterruptedException {
        use.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("the template is closed");
            }
            return MonitoredProcess.start(
                    name,
                    List.of(
                            InheritedFile.readOnly(QemuOptions.ROOTFS_FD, guest.rootfs()),
                            InheritedFile.readOnly(QemuOptions.MEMORY_FD, memory),
                            InheritedFile.readOnly(QemuOptions.STATE_FD, state)),
                    monitor -> QemuOptions.clone(config, kind.accelerator(), monitor),
                    kind);
        } finally {
            use.readLock().unlock();
        }
    }

    /**
     * Closes the template. Its memory is freed once the machines started from it have ended.
     * Idempotent.
     */
    @Override
    public void close() {
        use.writeLock().lock();
        try {
            closed = true;
            memory.close();
            state.close();
        } finally {
            use.writeLock().unlock();
        }
    }

    private static FileDescriptor state(Path file, SavedManifest manifest) throws IOException {
        byte[] bytes = read(file, MOST_STATE_BYTES);
        if (!Sha256.of(bytes).equals(manifest.hash(STATE))) {
            throw new IOException(file + " is damaged");
        }
        FileDescriptor state = Memfd.draft(STATE, bytes.length);
        try {
            Files.write(InheritedFile.pathOf(state), bytes, StandardOpenOption.WRITE);
            Memfd.freeze(state);
            return state;
        } catch (IOException | RuntimeException e) {
            state.close();
            throw e;
        }
    }

    private static FileDescriptor memory(Path file, SavedManifest manifest)
            throws IOException, InterruptedException {
        try (OpenFile from = OpenFile.readOnly(file)) {
            if (from.size() != manifest.memoryBytes()) {
                throw new IOException(
                        "%s has %d bytes instead of %d"
                                .formatted(file, from.size(), manifest.memoryBytes()));
            }
            FileDescriptor memory = Memfd.draft(MEMORY, manifest.memoryBytes());
            try {
                try (OpenFile to = OpenFile.readWrite(InheritedFile.pathOf(memory))) {
                    if (!PageCopy.copy(from, to, manifest.memoryBytes())
                            .equals(manifest.hash(MEMORY))) {
                        throw new IOException(file + " is damaged");
                    }
                }
                Memfd.freeze(memory);
                return memory;
            } catch (IOException | InterruptedException | RuntimeException e) {
                memory.close();
                throw e;
            }
        }
    }

    /** Reads a whole file of at most the given size. */
    private static byte[] read(Path file, int most) throws IOException {
        try (InputStream input = Files.newInputStream(file)) {
            byte[] bytes = input.readNBytes(most + 1);
            if (bytes.length > most) {
                throw new IOException(file + " is too long");
            }
            return bytes;
        }
    }

    private static QemuTemplateException refused(
            Path directory, @Nullable String reason, IOException cause) {
        return new QemuTemplateException(
                "The template "
                        + directory
                        + " cannot be used: "
                        + reason
                        + ". Remove the directory and save the template anew",
                cause);
    }
}
