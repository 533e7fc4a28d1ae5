package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.memory.MemoryImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A machine at rest, from which any number of machines can go on. Opening it reads and checks all
 * of its data, once; making machines of it then reads nothing. Its files must stay as they are as
 * long as it is open or a machine made of it runs: they are mapped into the machines' memory.
 * Deleting them is allowed, writing to them is not. Thread-safe.
 */
public final class Snapshot implements AutoCloseable {

    private final SnapshotFile file;

    /** Held until this is closed. */
    private final List<LayerFile> layers;

    private final MemoryImage memory;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Snapshot(SnapshotFile file, List<LayerFile> layers) {
        this.file = file;
        this.layers = List.copyOf(layers);
        this.memory =
                new MemoryImage(file.memoryBytes(), layers.stream().map(LayerFile::image).toList());
    }

    /** One whose files are open already, and are held by the caller. */
    static Snapshot of(SnapshotFile file, List<LayerFile> layers) {
        for (LayerFile layer : layers) {
            if (!layer.tryHold()) {
                throw new IllegalStateException("a file of the snapshot is closed");
            }
        }
        return new Snapshot(file, layers);
    }

    /**
     * Whether a directory looks like a snapshot, of whatever version.
     *
     * @param directory that need not exist
     */
    public static boolean isAt(Path directory) {
        try (InputStream in = Files.newInputStream(directory.resolve(SnapshotFile.NAME))) {
            return Arrays.equals(in.readNBytes(SnapshotFile.MAGIC.length), SnapshotFile.MAGIC);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Opens a snapshot.
     *
     * @param here what this host and its images are
     * @throws SnapshotException if it is damaged, incomplete, or not made for what is here
     */
    public static Snapshot open(Path directory, Requirements here) throws IOException {
        return open(directory, here, null);
    }

    /**
     * Opens a snapshot that may have files in common with another: those that were not written to
     * since, under whatever name, are not read once more.
     *
     * @param known that other; null if there is none. It may be closed meanwhile
     * @throws SnapshotException if it is damaged, incomplete, or not made for what is here
     */
    public static Snapshot open(Path directory, Requirements here, @Nullable Snapshot known)
            throws IOException {
        SnapshotFile file = decode(directory, read(directory));
        Optional<String> unmet = file.requirements().unmetBy(here);
        if (unmet.isPresent()) {
            throw new SnapshotException(directory, unmet.get());
        }
        List<LayerFile> before = known == null ? List.of() : known.layers;
        List<LayerFile> layers = new ArrayList<>();
        try {
            for (int i = 0; i < file.layers().size(); i++) {
                layers.add(LayerFile.open(directory, file, i, before));
            }
            return new Snapshot(file, layers);
        } catch (IOException | RuntimeException e) {
            layers.forEach(LayerFile::release);
            throw e;
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

    public Requirements requirements() {
        return file.requirements();
    }

    public MachineState state() {
        return file.state();
    }

    public MemoryImage memory() {
        return memory;
    }

    List<LayerFile> layers() {
        return layers;
    }

    /** When no machine is made of it any more; those that were made go on. Idempotent. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            layers.forEach(LayerFile::release);
        }
    }
}
