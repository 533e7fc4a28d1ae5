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
 * Writes a snapshot, in three steps: {@link #begin} a directory aside; {@link #take} memory and
 * state, while the machine is paused; {@link #finish}, while it may go on. The directory gets its
 * name at the very end, by a rename, with all that is in it on the disk: after a crash it is there
 * and whole, or what is left is a hidden directory whose name ends in {@code .partial}, which
 * nobody takes for a snapshot, and which goes when the next one is begun beside it. For one thread.
 */
public final class SnapshotWriter implements AutoCloseable {

    /** Nobody is to write to it by accident. */
    private static final int FILE_MODE = 0400;

    private final NewDirectory directory;
    private final Requirements requirements;
    private final long memoryBytes;

    /** What the machine's memory goes on from; null if all of it is to be written. */
    private final @Nullable MemoryImage image;

    /** Files that are in the directory: of the origin's, and what was written. Held. */
    private final List<LayerFile> layers = new ArrayList<>();

    private @Nullable SnapshotFile taken;

    /** What is on the disk. */
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
     * Begins a snapshot with all of a machine's memory.
     *
     * @param directory where it will be; nothing may be there
     * @param memoryBytes size of the memory
     */
    public static SnapshotWriter begin(Path directory, Requirements requirements, long memoryBytes)
            throws IOException {
        return new SnapshotWriter(
                NewDirectory.begin(directory, SnapshotFile.NAME), requirements, null, memoryBytes);
    }

    /**
     * Begins a snapshot of a machine whose memory goes on from another snapshot: what it has
     * changed since is written, and the other's files are given a further name (a hard link) in
     * this one's directory, so that nothing else is needed to open it. Those that can have none,
     * because they were deleted or are on another file system, are written once more with the
     * changes.
     *
     * @param directory where it will be; nothing may be there
     * @param origin that the machine's memory goes on from; open
     */
    public static SnapshotWriter beginChanges(Path directory, Snapshot origin) throws IOException {
        SnapshotWriter writer =
                new SnapshotWriter(
                        NewDirectory.begin(directory, SnapshotFile.NAME),
                        origin.requirements(),
                        origin.memory(),
                        origin.memory().size());
        try {
            writer.link(origin.layers());
            return writer;
        } catch (IOException | RuntimeException e) {
            writer.close();
            throw e;
        }
    }

    private void link(List<LayerFile> origin) throws IOException {
        for (LayerFile layer : origin) {
            if (!layer.tryHold()) {
                throw new IllegalStateException("the origin is closed");
            }
            layers.add(layer);
            if (!layer.isLinked(memoryFile(layers.size() - 1))) {
                layers.removeLast().release();
                return;
            }
        }
    }

    /**
     * Takes what a machine is, which is paused until this returns: then its memory is on the disk.
     * That takes as long as the disk needs for it.
     *
     * @throws IOException if there is no room, for one; the machine is as it was
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
            // The machine may be mapped onto it next: nothing may be found missing later.
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
     * What was taken, open. It stays so if it is never finished, or is deleted: its files are open.
     * The caller closes it.
     */
    public Snapshot snapshot() {
        return Snapshot.of(requireTaken(), layers);
    }

    /** Makes the snapshot appear, when all of it is on the disk. */
    public void finish() throws IOException {
        byte[] state = requireTaken().encode();
        bytes += state.length;
        // Last of the files: it has the checksums of the others.
        directory.commit(state);
    }

    private SnapshotFile requireTaken() {
        return Objects.requireNonNull(taken, "nothing was taken");
    }

    /**
     * What the finished snapshot takes on the disk, in bytes. Files that it shares with others do
     * not count.
     */
    public long bytes() {
        return bytes;
    }

    /** Leaves nothing behind of a snapshot that was not finished. Idempotent. */
    @Override
    public void close() throws IOException {
        layers.forEach(LayerFile::release);
        layers.clear();
        directory.close();
    }
}
