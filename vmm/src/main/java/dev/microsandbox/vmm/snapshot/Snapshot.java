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
 * A saved machine, from which any number of machines can start. Opening it reads and checks all of
 * its data once; starting machines then reads nothing. Its files are mapped into the machines'
 * memory. So they must not be written to while the snapshot is open or a machine started from it
 * runs. They may be deleted. Thread-safe.
 */
public final class Snapshot implements AutoCloseable {

    private final SnapshotFile file;

    /** The memory files, held until {@link #close}. */
    private final List<LayerFile> layers;

    private final MemoryImage memory;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Snapshot(SnapshotFile file, List<LayerFile> layers) {
        this.file = file;
        this.layers = List.copyOf(layers);
        this.memory =
                new MemoryImage(file.memoryBytes(), layers.stream().map(LayerFile::image).toList());
    }

    /**
     * A snapshot of files that are open already. The caller holds them, and the snapshot holds them
     * once more.
     */
    static Snapshot of(SnapshotFile file, List<LayerFile> layers) {
        for (LayerFile layer : layers) {
            if (!layer.tryHold()) {
                throw new IllegalStateException("a file of the snapshot is closed");
            }
        }
        return new Snapshot(file, layers);
    }

    /**
     * Whether a directory looks like a snapshot, in any version.
     *
     * @param directory may be missing
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
     * @param here the requirements that this host and its images meet
     * @throws SnapshotException if the snapshot is damaged, incomplete, or has other requirements
     */
    public static Snapshot open(Path directory, Requirements here) throws IOException {
        return open(directory, here, null);
    }

    /**
     * Opens a snapshot that may share files with another. Does not read a shared file again, unless
     * it was written to.
     *
     * @param known the other snapshot, which may be closed meanwhile; null if there is none
     * @throws SnapshotException if the snapshot is damaged, incomplete, or has other requirements
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

    /**
     * Closes the snapshot, so that no more machines can start from it. Running machines keep their
     * mappings. Idempotent.
     */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            layers.forEach(LayerFile::release);
        }
    }
}
