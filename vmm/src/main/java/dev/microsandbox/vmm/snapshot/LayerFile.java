package dev.microsandbox.vmm.snapshot;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import dev.microsandbox.vmm.launch.InheritedLauncher;
import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.memory.MemoryImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A memory file that is open and was verified. Snapshots that share a file share this object: each
 * holds it, and the last to release it closes the file. Thread-safe.
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
     * A file that was just written.
     *
     * @param file is closed with this object
     * @param extents the ranges of the file that belong to the layer
     */
    static LayerFile written(OpenFile file, SnapshotFile.Layer saved, List<Extent> extents)
            throws IOException {
        return new LayerFile(
                file, MemoryStamp.of(file), saved, new MemoryImage.Layer(file, extents));
    }

    /**
     * Opens a memory file of a snapshot. Verifies all of it unless a known file is the same.
     *
     * @param index of the layer
     * @param known files that were verified before
     * @throws SnapshotException if the file is damaged or missing
     */
    static LayerFile open(
            Path directory, SnapshotFile snapshot, int index, Iterable<LayerFile> known)
            throws IOException {
        SnapshotFile.Layer saved = snapshot.layers().get(index);
        String name = SnapshotFile.memoryName(index);
        OpenFile file = openMemory(directory, name);
        try {
            // Taken before the file is read, so that any later write changes the stamp.
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
     * Gives the file another name, if possible.
     *
     * @return false if the file has no name any more, or cannot be linked in that place
     */
    boolean tryLink(Path name) throws LinuxException {
        try {
            file.link(name);
            return true;
        } catch (LinuxException e) {
            return switch (e.errno()) {
                // It belongs to another user, as a template's does in a worker, or the place is on
                // a file system without links.
                case Errno.EPERM -> tryLinkByLauncher(name);
                // The file was deleted or has too many links, or the place is on another file
                // system.
                case Errno.ENOENT, Errno.EXDEV, Errno.EOPNOTSUPP, Errno.EMLINK -> false;
                default -> throw e;
            };
        }
    }

    private boolean tryLinkByLauncher(Path name) {
        String unique = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        try {
            Optional<Path> link = InheritedLauncher.link(file.descriptor(), unique);
            if (link.isEmpty()) {
                return false;
            }
            try {
                Files.move(link.get(), name, ATOMIC_MOVE);
                return true;
            } catch (IOException e) {
                Files.deleteIfExists(link.get());
                throw e;
            }
        } catch (IOException e) {
            // Its content is written again.
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * Keeps the file open until one more {@link #release}. Returns false if it is closed already.
     */
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
