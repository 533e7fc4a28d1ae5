package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.memory.MemoryImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A machine at rest, from which any number of machines can go on. Opening it reads and checks all
 * of its data, once; making machines of it then reads nothing. Its files must stay as they are as
 * long as it is open or a machine made of it runs: they are mapped into the machines' memory.
 * Deleting them is allowed, writing to them is not. Thread-safe.
 */
public final class Snapshot implements AutoCloseable {

    private final String id;
    private final SnapshotFile file;
    private final OpenFile memoryFile;
    private final MemoryImage memory;

    /** Null if this one has all of its memory. */
    private final @Nullable Snapshot base;

    private Snapshot(
            String id,
            SnapshotFile file,
            OpenFile memoryFile,
            MemoryImage memory,
            @Nullable Snapshot base) {
        this.base = base;
        this.id = id;
        this.file = file;
        this.memoryFile = memoryFile;
        this.memory = memory;
    }

    /**
     * Opens a snapshot that has all of its memory.
     *
     * @param here what this host and its images are
     * @throws SnapshotException if it is damaged, incomplete, or not made for what is here
     */
    public static Snapshot open(Path directory, Requirements here) throws IOException {
        return open(directory, here, null);
    }

    /**
     * Opens one that has only what has changed since another.
     *
     * @param base that other; to stay open as long as machines are made of this one
     * @throws SnapshotException if it is damaged, incomplete, or not of that base
     */
    public static Snapshot openChanges(Path directory, Snapshot base) throws IOException {
        return open(directory, base.file.requirements(), base);
    }

    private static Snapshot open(Path directory, Requirements here, @Nullable Snapshot base)
            throws IOException {
        byte[] bytes = read(directory);
        SnapshotFile file;
        try {
            file = SnapshotFile.decode(bytes);
        } catch (IllegalArgumentException e) {
            throw new SnapshotException(directory, String.valueOf(e.getMessage()));
        }
        Optional<String> unmet =
                file.requirements().unmetBy(here).or(() -> baseProblem(file, base));
        if (unmet.isPresent()) {
            throw new SnapshotException(directory, unmet.get());
        }
        OpenFile memory = openMemory(directory);
        try {
            Optional<String> damage = file.sums().damage(memory, file.memoryBytes());
            if (damage.isPresent()) {
                throw new SnapshotException(
                        directory, "its file 'memory' is damaged: " + damage.get() + "; delete it");
            }
            return new Snapshot(
                    SnapshotFile.id(bytes), file, memory, image(file, memory, base), base);
        } catch (IOException | RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    private static byte[] read(Path directory) throws IOException {
        try (InputStream in = Files.newInputStream(directory.resolve(SnapshotFile.NAME))) {
            byte[] bytes = in.readNBytes(SnapshotFile.MOST_BYTES + 1);
            if (bytes.length > SnapshotFile.MOST_BYTES) {
                throw new SnapshotException(directory, "its file 'state' is far too long");
            }
            return bytes;
        } catch (NoSuchFileException e) {
            throw new SnapshotException(
                    directory,
                    Files.isDirectory(directory)
                            ? "it has no file 'state', so it was not finished; delete it"
                            : "it does not exist");
        }
    }

    private static OpenFile openMemory(Path directory) throws IOException {
        try {
            return OpenFile.readOnly(directory.resolve(SnapshotFile.MEMORY_NAME));
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                throw new SnapshotException(directory, "it has no file 'memory'; delete it");
            }
            throw e;
        }
    }

    private static Optional<String> baseProblem(SnapshotFile file, @Nullable Snapshot base) {
        if (base == null) {
            return file.base().isEmpty()
                    ? Optional.empty()
                    : Optional.of(
                            "it has only what has changed since snapshot %s; open that one first"
                                    .formatted(file.base()));
        }
        if (!file.base().equals(base.id)) {
            return Optional.of(
                    file.base().isEmpty()
                            ? "it has all of its memory and no base"
                            : "it goes on from snapshot %s and not from %s"
                                    .formatted(file.base(), base.id));
        }
        return file.memoryBytes() == base.file.memoryBytes()
                ? Optional.empty()
                : Optional.of("its memory is not as large as its base's");
    }

    private static MemoryImage image(SnapshotFile file, OpenFile memory, @Nullable Snapshot base) {
        return base == null
                ? new MemoryImage(
                        file.memoryBytes(),
                        new MemoryImage.Layer(memory, file.sums().extents(file.memoryBytes())),
                        null)
                : new MemoryImage(
                        file.memoryBytes(),
                        base.memory.base(),
                        new MemoryImage.Layer(memory, file.changes()));
    }

    /** What names it: it has everything that the snapshot is made of, by checksums. */
    public String id() {
        return id;
    }

    /** The snapshot that has all of the memory: the one that this goes on from, or itself. */
    public Snapshot whole() {
        return base == null ? this : base;
    }

    public Requirements requirements() {
        return file.requirements();
    }

    public MachineState state() {
        return file.state();
    }

    public MemoryImage memory() {
        return memory;
    }

    /** When no machine is made of it any more; those that were made go on. */
    @Override
    public void close() {
        memoryFile.close();
    }
}
