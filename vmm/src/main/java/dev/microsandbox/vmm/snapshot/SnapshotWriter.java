package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.memory.ChunkSums;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.memory.MemoryImage;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes a snapshot, in three steps: {@link #begin} a directory aside; {@link #take} memory and
 * state, while the machine is paused; {@link #finish}, which waits for the disk, while it may go
 * on. The directory gets its name at the very end, by a rename, with all that is in it on the disk:
 * after a crash it is there and whole, or what is left is a hidden directory whose name ends in
 * {@code .partial}, which nobody takes for a snapshot, and which goes when the next one is begun
 * beside it. For one thread.
 */
public final class SnapshotWriter implements AutoCloseable {

    /** Nobody is to write to it by accident. */
    static final int FILE_MODE = 0400;

    private final Aside aside;
    private final Requirements requirements;
    private final OpenFile memoryFile;

    /** Null if all of the memory is to be written. */
    private final @Nullable Snapshot base;

    private final long memoryBytes;

    /** What is on the disk. */
    private long bytes;

    private byte @Nullable [] encoded;

    private SnapshotWriter(
            Aside aside,
            Requirements requirements,
            OpenFile memoryFile,
            @Nullable Snapshot base,
            long memoryBytes,
            long bytes) {
        this.aside = aside;
        this.requirements = requirements;
        this.memoryFile = memoryFile;
        this.base = base;
        this.memoryBytes = memoryBytes;
        this.bytes = bytes;
    }

    /**
     * Begins a snapshot with all of a machine's memory.
     *
     * @param directory where it will be; nothing may be there
     * @param memoryBytes size of the memory
     */
    public static SnapshotWriter begin(Path directory, Requirements requirements, long memoryBytes)
            throws IOException {
        return begin(directory, requirements, null, memoryBytes);
    }

    /**
     * Begins a snapshot with only what a machine has changed of the memory that it began with. If
     * it began with such a snapshot, the changes there are in this one too: what this one depends
     * on has all of its memory, and depends on none. That base is kept in this one's directory, by
     * hard links where that can be, so that nothing else is needed to open it.
     *
     * @param directory where it will be; nothing may be there
     * @param origin that the machine was made of; open
     */
    public static SnapshotWriter beginChanges(Path directory, Snapshot origin) throws IOException {
        Snapshot base = origin.whole();
        return begin(directory, base.requirements(), base, base.memory().size());
    }

    private static SnapshotWriter begin(
            Path directory, Requirements requirements, @Nullable Snapshot base, long memoryBytes)
            throws IOException {
        Path place = directory.toAbsolutePath();
        if (Files.exists(place)) {
            throw new FileAlreadyExistsException(place.toString());
        }
        Aside aside = Aside.begin(place);
        try {
            long kept =
                    base == null
                            ? 0
                            : KeptBase.put(aside.place().resolve(SnapshotFile.BASE_NAME), base);
            OpenFile memoryFile =
                    OpenFile.create(
                            aside.place().resolve(SnapshotFile.MEMORY_NAME),
                            FILE_MODE,
                            memoryBytes);
            return new SnapshotWriter(aside, requirements, memoryFile, base, memoryBytes, kept);
        } catch (IOException | RuntimeException e) {
            aside.close();
            throw e;
        }
    }

    /**
     * Takes what a machine is, which is paused until this returns. Memory goes to the kernel's page
     * cache, which takes some tens of milliseconds for a hundred megabytes.
     */
    public void take(GuestMemory memory, MachineState state) throws IOException {
        if (memory.size() != memoryBytes) {
            throw new IllegalArgumentException(
                    "a memory of %d bytes, not %d".formatted(memory.size(), memoryBytes));
        }
        List<Extent> changes = List.of();
        ChunkSums sums;
        if (base == null) {
            sums = memory.writeTo(memoryFile);
        } else {
            MemoryImage image = memory.image();
            if (image == null || !image.base().equals(base.memory().base())) {
                throw new IllegalArgumentException("the machine's memory began otherwise");
            }
            changes = memory.changed();
            sums = memory.writeTo(memoryFile, changes);
        }
        String baseId = base == null ? "" : base.id();
        encoded =
                new SnapshotFile(requirements, baseId, memoryBytes, changes, sums, state).encode();
    }

    /**
     * Makes the snapshot appear, when all of it is on the disk.
     *
     * @return its id
     */
    public String finish() throws IOException {
        byte[] state = Objects.requireNonNull(encoded, "nothing was taken");
        memoryFile.sync();
        bytes += state.length;
        for (Extent extent : memoryFile.data()) {
            bytes += extent.length();
        }
        // Last of the files: it has the checksums of the other.
        aside.appear(state);
        return SnapshotFile.id(state);
    }

    /**
     * What the finished snapshot takes on the disk, in bytes. A base that it shares with others
     * does not count.
     */
    public long bytes() {
        return bytes;
    }

    /** Leaves nothing behind of a snapshot that was not finished. Idempotent. */
    @Override
    public void close() throws IOException {
        memoryFile.close();
        aside.close();
    }
}
