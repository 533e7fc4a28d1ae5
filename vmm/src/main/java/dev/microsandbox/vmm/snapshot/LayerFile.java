package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.memory.MemoryImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A memory file that is open, and known to be whole. Snapshots that have it in common share it:
 * each holds it, and the last one to release it closes it. Thread-safe.
 */
final class LayerFile {

    private final OpenFile file;
    private final MemoryStamp stamp;
    private final SnapshotFile.Layer saved;
    private final MemoryImage.Layer image;
    private int holders = 1;

    private LayerFile(
            OpenFile file, MemoryStamp stamp, SnapshotFile.Layer saved, MemoryImage.Layer image) {
        this.file = file;
        this.stamp = stamp;
        this.saved = saved;
        this.image = image;
    }

    /**
     * One that was just written.
     *
     * @param file which is closed with this
     * @param extents what counts of it
     */
    static LayerFile written(OpenFile file, SnapshotFile.Layer saved, List<Extent> extents)
            throws IOException {
        return new LayerFile(
                file, MemoryStamp.of(file), saved, new MemoryImage.Layer(file, extents));
    }

    /**
     * Opens one of a snapshot, and reads all of it unless it is known.
     *
     * @param index of the layer
     * @param known files that were opened before
     * @throws SnapshotException if it is damaged or not there
     */
    static LayerFile open(
            Path directory, SnapshotFile snapshot, int index, Iterable<LayerFile> known)
            throws IOException {
        SnapshotFile.Layer saved = snapshot.layers().get(index);
        String name = SnapshotFile.memoryName(index);
        OpenFile file = openMemory(directory, name);
        try {
            // Before it is read: whatever is written to it from now on shows.
            MemoryStamp stamp = MemoryStamp.of(file);
            for (LayerFile before : known) {
                if (before.stamp.equals(stamp) && before.saved.equals(saved) && before.tryHold()) {
                    file.close();
                    return before;
                }
            }
            Optional<String> damage = saved.sums().damage(file, snapshot.memoryBytes());
            if (damage.isPresent()) {
                throw new SnapshotException(
                        directory,
                        "its file '%s' is damaged: %s; delete it".formatted(name, damage.get()));
            }
            return new LayerFile(
                    file, stamp, saved, new MemoryImage.Layer(file, snapshot.extents(index)));
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static OpenFile openMemory(Path directory, String name) throws IOException {
        try {
            return OpenFile.readOnly(directory.resolve(name));
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                throw new SnapshotException(
                        directory, "it has no file '%s'; delete it".formatted(name));
            }
            throw e;
        }
    }

    SnapshotFile.Layer saved() {
        return saved;
    }

    MemoryImage.Layer image() {
        return image;
    }

    /**
     * Gives the file a further name.
     *
     * @return whether it has it now; false where it has no name any more, or cannot have it there
     */
    boolean isLinked(Path name) throws LinuxException {
        try {
            file.link(name);
            return true;
        } catch (LinuxException e) {
            return switch (e.errno()) {
                // Deleted, or on another file system, or one without links, or with too many.
                case Errno.ENOENT, Errno.EXDEV, Errno.EPERM, Errno.EOPNOTSUPP, Errno.EMLINK ->
                        false;
                default -> throw e;
            };
        }
    }

    /** Has it stay open until one more {@link #release}; false if it is closed already. */
    synchronized boolean tryHold() {
        if (holders == 0) {
            return false;
        }
        holders++;
        return true;
    }

    synchronized void release() {
        holders--;
        if (holders == 0) {
            file.close();
        }
    }
}
