package dev.microsandbox.vmm.snapshot;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.memory.ChunkSums;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.memory.MemoryImage;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Writes a snapshot, in three steps: {@link #begin} a directory aside; {@link #take} memory and
 * state, while the machine is paused; {@link #finish}, which waits for the disk, while it may go
 * on. The directory gets its name at the very end, by a rename, with all that is in it on the disk:
 * after a crash it is there and whole, or what is left is a hidden directory whose name ends in
 * {@code .partial}, which nobody takes for a snapshot and whoever owns the place may delete when
 * nobody is writing. For one thread.
 */
public final class SnapshotWriter implements AutoCloseable {

    /** It is what a guest had in its memory: for its owner alone. */
    private static final String DIRECTORY_MODE = "rwx------";

    /** Nobody is to write to it by accident. */
    private static final int FILE_MODE = 0400;

    private final Path directory;
    private final Path aside;
    private final Requirements requirements;
    private final OpenFile memoryFile;

    /** Null if all of the memory is to be written. */
    private final @Nullable Snapshot base;

    private final long memoryBytes;
    private byte @Nullable [] encoded;
    private boolean finished;

    private SnapshotWriter(
            Path directory,
            Path aside,
            Requirements requirements,
            OpenFile memoryFile,
            @Nullable Snapshot base,
            long memoryBytes) {
        this.directory = directory;
        this.aside = aside;
        this.requirements = requirements;
        this.memoryFile = memoryFile;
        this.base = base;
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
        return begin(directory, requirements, null, memoryBytes);
    }

    /**
     * Begins a snapshot with only what a machine has changed of the memory that it began with. If
     * it began with such a snapshot, the changes there are in this one too: what this one depends
     * on has all of its memory, and depends on none.
     *
     * @param directory where it will be; nothing may be there
     * @param origin that the machine was made of
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
        String unique = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        Path aside = place.resolveSibling("." + place.getFileName() + "." + unique + ".partial");
        Files.createDirectory(
                aside,
                PosixFilePermissions.asFileAttribute(
                        PosixFilePermissions.fromString(DIRECTORY_MODE)));
        try {
            OpenFile memoryFile =
                    OpenFile.create(
                            aside.resolve(SnapshotFile.MEMORY_NAME), FILE_MODE, memoryBytes);
            return new SnapshotWriter(place, aside, requirements, memoryFile, base, memoryBytes);
        } catch (IOException | RuntimeException e) {
            delete(aside);
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
        byte[] bytes = Objects.requireNonNull(encoded, "nothing was taken");
        memoryFile.sync();
        // Last of the files: it has the checksums of the other.
        Path stateFile = aside.resolve(SnapshotFile.NAME);
        Files.write(stateFile, bytes);
        Files.setPosixFilePermissions(stateFile, PosixFilePermissions.fromString("r--------"));
        sync(stateFile);
        sync(aside);
        Files.move(aside, directory, ATOMIC_MOVE);
        finished = true;
        sync(Objects.requireNonNull(directory.getParent()));
        return SnapshotFile.id(bytes);
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path)) {
            channel.force(true);
        }
    }

    /** Leaves nothing behind of a snapshot that was not finished. Idempotent. */
    @Override
    public void close() throws IOException {
        memoryFile.close();
        if (!finished) {
            finished = true;
            delete(aside);
        }
    }

    private static void delete(Path aside) throws IOException {
        for (String name : List.of(SnapshotFile.NAME, SnapshotFile.MEMORY_NAME)) {
            Files.deleteIfExists(aside.resolve(name));
        }
        try {
            Files.delete(aside);
        } catch (NoSuchFileException e) {
            // Somebody has cleaned up.
        }
    }
}
