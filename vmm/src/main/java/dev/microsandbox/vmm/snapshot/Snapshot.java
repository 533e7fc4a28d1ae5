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
    private final byte[] encoded;
    private final SnapshotFile file;
    private final OpenFile memoryFile;
    private final MemoryStamp stamp;
    private final MemoryImage memory;

    /** Null if this one has all of its memory. */
    private final @Nullable Snapshot base;

    private Snapshot(
            byte[] encoded,
            SnapshotFile file,
            OpenFile memoryFile,
            MemoryStamp stamp,
            @Nullable Snapshot base) {
        this.id = SnapshotFile.id(encoded);
        this.encoded = encoded;
        this.file = file;
        this.memoryFile = memoryFile;
        this.stamp = stamp;
        this.memory = image(file, memoryFile, base);
        this.base = base;
    }

    /**
     * Opens a snapshot, with the base that it has beside it if it is an incremental one.
     *
     * @param here what this host and its images are
     * @throws SnapshotException if it is damaged, incomplete, or not made for what is here
     */
    public static Snapshot open(Path directory, Requirements here) throws IOException {
        return open(directory, here, null);
    }

    /**
     * Opens a snapshot that may go on from memory that was opened before: if its base is that of
     * another, under whatever name, and was not written to since, the base is not read once more.
     *
     * @param known that other, or one that goes on from it; null if there is none
     * @throws SnapshotException if it is damaged, incomplete, or not made for what is here
     */
    public static Snapshot open(Path directory, Requirements here, @Nullable Snapshot known)
            throws IOException {
        byte[] encoded = read(directory);
        SnapshotFile file = decode(directory, encoded);
        Optional<String> unmet = file.requirements().unmetBy(here);
        if (unmet.isPresent()) {
            throw new SnapshotException(directory, unmet.get());
        }
        if (file.base().isEmpty()) {
            return open(directory, encoded, file, null, known);
        }
        Snapshot base = openBase(directory, here, known);
        try {
            Optional<String> problem = baseProblem(file, base);
            if (problem.isPresent()) {
                throw new SnapshotException(directory, problem.get());
            }
            return open(directory, encoded, file, base, known);
        } catch (IOException | RuntimeException e) {
            base.close();
            throw e;
        }
    }

    private static Snapshot open(
            Path directory,
            byte[] encoded,
            SnapshotFile file,
            @Nullable Snapshot base,
            @Nullable Snapshot known)
            throws IOException {
        OpenFile memory = openMemory(directory);
        try {
            // Before it is read: whatever is written to it from now on shows.
            MemoryStamp stamp = MemoryStamp.of(memory);
            Snapshot whole = known == null ? null : known.whole();
            boolean isKnown =
                    whole != null
                            && whole.stamp.equals(stamp)
                            && whole.id.equals(SnapshotFile.id(encoded));
            Optional<String> damage =
                    isKnown ? Optional.empty() : file.sums().damage(memory, file.memoryBytes());
            if (damage.isPresent()) {
                throw new SnapshotException(
                        directory, "its file 'memory' is damaged: " + damage.get() + "; delete it");
            }
            return new Snapshot(encoded, file, memory, stamp, base);
        } catch (IOException | RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    private static Snapshot openBase(Path directory, Requirements here, @Nullable Snapshot known)
            throws IOException {
        Path place = directory.resolve(SnapshotFile.BASE_NAME);
        try {
            byte[] encoded = read(place);
            SnapshotFile file = decode(place, encoded);
            if (!file.base().isEmpty()) {
                throw new SnapshotException(place, "it has not all of its memory; delete it");
            }
            Optional<String> unmet = file.requirements().unmetBy(here);
            if (unmet.isPresent()) {
                throw new SnapshotException(place, unmet.get());
            }
            return open(place, encoded, file, null, known);
        } catch (SnapshotException e) {
            throw new SnapshotException(
                    directory, "the snapshot that it goes on from is of no use: " + e.reason());
        }
    }

    private static SnapshotFile decode(Path directory, byte[] encoded) throws SnapshotException {
        try {
            return SnapshotFile.decode(encoded);
        } catch (IllegalArgumentException e) {
            throw new SnapshotException(directory, String.valueOf(e.getMessage()));
        }
    }

    private static byte[] read(Path directory) throws IOException {
        try (InputStream in = Files.newInputStream(directory.resolve(SnapshotFile.NAME))) {
            byte[] bytes = in.readNBytes(SnapshotFile.MOST_BYTES + 1);
            if (bytes.length > SnapshotFile.MOST_BYTES) {
                throw new SnapshotException(directory, "its file 'state' is far too long");
            }
            if (bytes.length == 0) {
                throw new SnapshotException(
                        directory, "its file 'state' is empty, so it was not finished; delete it");
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

    private static Optional<String> baseProblem(SnapshotFile file, Snapshot base) {
        if (!file.base().equals(base.id)) {
            return Optional.of(
                    "it goes on from snapshot %s and not from %s; delete it"
                            .formatted(file.base(), base.id));
        }
        return file.memoryBytes() == base.file.memoryBytes()
                ? Optional.empty()
                : Optional.of("its memory is not as large as its base's; delete it");
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

    /** The bytes of its file {@code state}; not to be changed. */
    byte[] encoded() {
        return encoded;
    }

    OpenFile memoryFile() {
        return memoryFile;
    }

    /** When no machine is made of it any more; those that were made go on. Idempotent. */
    @Override
    public void close() {
        memoryFile.close();
        if (base != null) {
            base.close();
        }
    }
}
