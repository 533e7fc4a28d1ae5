package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.memory.ChunkSums;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.memory.MemoryImage;
import dev.microsandbox.vmm.memory.NextLayer;
import dev.microsandbox.vmm.storage.NewDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes a snapshot in three steps: {@link #begin} creates a temporary directory; {@link #take}
 * writes memory and state while the machine is paused; {@link #finish} completes the snapshot while
 * the machine may run. At the very end, when everything in the directory is on the disk, a rename
 * gives it its name. After a crash, either the complete snapshot exists, or a hidden directory
 * whose name ends in {@code .partial}. Nobody mistakes that for a snapshot, and it is removed when
 * the next snapshot is begun beside it. For use by one thread.
 */
public final class SnapshotWriter implements AutoCloseable {

    /** Mode of a memory file: read-only, so that nobody writes to it by accident. */
    private static final int FILE_MODE = 0400;

    private final NewDirectory directory;
    private final Requirements requirements;
    private final long memoryBytes;

    /** The image that the machine's memory is a copy of; null to write all of the memory. */
    private final @Nullable MemoryImage image;

    /**
     * The memory files in the directory: linked ones of the base snapshot, then the written one.
     * All are held.
     */
    private final List<LayerFile> layers = new ArrayList<>();

    private @Nullable SnapshotFile taken;

    /** The disk space of the files that were written, in bytes. */
    private long bytes;

    private SnapshotWriter(
            NewDirectory directory,
            Requirements requirements,
            @Nullable MemoryImage image,
            long memoryBytes) {
        this.directory = directory;
        this.requirements = requirements;
        this.image = image;
        this.memoryBytes = memoryBytes;
    }

    /**
     * Begins a snapshot that holds all of a machine's memory.
     *
     * @param directory the snapshot's place, where nothing exists yet
     * @param memoryBytes size of the memory
     */
    public static SnapshotWriter begin(Path directory, Requirements requirements, long memoryBytes)
            throws IOException {
        return new SnapshotWriter(
                NewDirectory.begin(directory, SnapshotFile.NAME), requirements, null, memoryBytes);
    }

    /**
     * Begins a snapshot of a machine whose memory is based on another snapshot. It writes only the
     * changes since then. It hard-links the other snapshot's files into its own directory, so that
     * it can be opened without the other. Files that cannot be linked, because they were deleted or
     * are on another file system, are written again together with the changes.
     *
     * @param directory the snapshot's place, where nothing exists yet
     * @param base the snapshot on which the machine's memory is based; open
     */
    public static SnapshotWriter beginChanges(Path directory, Snapshot base) throws IOException {
        SnapshotWriter writer =
                new SnapshotWriter(
                        NewDirectory.begin(directory, SnapshotFile.NAME),
                        base.requirements(),
                        base.memory(),
                        base.memory().size());
        try {
            writer.link(base.layers());
            return writer;
        } catch (IOException | RuntimeException e) {
            writer.close();
            throw e;
        }
    }

    private void link(List<LayerFile> base) throws IOException {
        for (LayerFile layer : base) {
            if (!layer.tryHold()) {
                throw new IllegalStateException("the base snapshot is closed");
            }
            layers.add(layer);
            if (!layer.tryLink(memoryFile(layers.size() - 1))) {
                layers.removeLast().release();
                return;
            }
        }
    }

    /**
     * Takes a paused machine's memory and state. When this returns, the memory is on the disk, and
     * the machine may run again. Takes as long as the disk needs.
     *
     * @throws IOException if this fails, for example because the disk is full; the machine is
     *     unchanged
     */
    public void take(GuestMemory memory, MachineState state) throws IOException {
        if (memory.size() != memoryBytes) {
            throw new IllegalArgumentException(
                    "a memory of %d bytes, not %d".formatted(memory.size(), memoryBytes));
        }
        if (image != null && !image.equals(memory.image())) {
            throw new IllegalArgumentException("the machine's memory began otherwise");
        }
        NextLayer next = memory.changes(layers.size());
        while (layers.size() > next.kept()) {
            layers.removeLast().release();
            Files.delete(memoryFile(layers.size()));
        }
        layers.add(write(memory, next));
        taken =
                new SnapshotFile(
                        requirements,
                        memoryBytes,
                        layers.stream().map(LayerFile::saved).toList(),
                        state);
    }

    private LayerFile write(GuestMemory memory, NextLayer next) throws IOException {
        OpenFile file = OpenFile.create(memoryFile(next.kept()), FILE_MODE, memoryBytes);
        try {
            ChunkSums sums = memory.write(next, file);
            // The machine may map the file next, so all of it must be on the disk.
            file.sync();
            for (Extent extent : file.data()) {
                bytes += extent.length();
            }
            SnapshotFile.Layer saved = SnapshotFile.Layer.of(next, sums);
            return LayerFile.written(file, saved, saved.extents(next.kept(), memoryBytes));
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private Path memoryFile(int index) {
        return directory.partial().resolve(SnapshotFile.memoryName(index));
    }

    /**
     * The snapshot that was taken, open. It stays usable even if it is never finished or is
     * deleted, because its files are open. The caller closes it.
     */
    public Snapshot snapshot() {
        return Snapshot.of(requireTaken(), layers);
    }

    /** Makes the snapshot appear once all of it is on the disk. */
    public void finish() throws IOException {
        byte[] state = requireTaken().encode();
        bytes += state.length;
        // Written last, because it contains the checksums of the other files.
        directory.commit(state);
    }

    private SnapshotFile requireTaken() {
        return Objects.requireNonNull(taken, "nothing was taken");
    }

    /**
     * The disk space of the finished snapshot, in bytes. Files that it shares with other snapshots
     * do not count.
     */
    public long bytes() {
        return bytes;
    }

    /** Deletes the snapshot unless it was finished. Idempotent. */
    @Override
    public void close() throws IOException {
        layers.forEach(LayerFile::release);
        layers.clear();
        directory.close();
    }
}
