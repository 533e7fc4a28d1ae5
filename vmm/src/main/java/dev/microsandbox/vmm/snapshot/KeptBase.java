package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.OpenFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * The base of an incremental snapshot, kept in the snapshot's own directory: so nobody can remove
 * it while it is needed. Its memory is a further name (a hard link) of the base's file, which takes
 * no room while others have it too.
 */
final class KeptBase {

    private static final int COPY_BYTES = 1 << 20;

    private KeptBase() {}

    /**
     * Puts it there, and waits until it is on the disk.
     *
     * @param directory that is made
     * @param base with all of its memory, open; its own files may have been deleted
     * @return the bytes that this takes on the disk: few, unless its memory had to be copied
     */
    static long put(Path directory, Snapshot base) throws IOException {
        Aside.makeDirectory(directory);
        byte[] state = base.encoded();
        try (OpenFile file =
                OpenFile.create(
                        directory.resolve(SnapshotFile.NAME),
                        SnapshotWriter.FILE_MODE,
                        state.length)) {
            write(file, state);
            file.sync();
        }
        Path name = directory.resolve(SnapshotFile.MEMORY_NAME);
        long copied = isLinked(base.memoryFile(), name) ? 0 : copy(base.memoryFile(), name);
        Aside.sync(directory);
        return state.length + copied;
    }

    private static void write(OpenFile file, byte[] bytes) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(bytes.length);
            segment.copyFrom(MemorySegment.ofArray(bytes));
            file.writeFully(List.of(segment), 0);
        }
    }

    private static boolean isLinked(OpenFile memory, Path name) throws LinuxException {
        try {
            memory.link(name);
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

    private static long copy(OpenFile memory, Path name) throws IOException {
        try (OpenFile to = OpenFile.create(name, SnapshotWriter.FILE_MODE, memory.size());
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(COPY_BYTES);
            long copied = 0;
            for (Extent extent : memory.data()) {
                for (long at = extent.offset(); at < extent.end(); at += COPY_BYTES) {
                    MemorySegment part = buffer.asSlice(0, Math.min(COPY_BYTES, extent.end() - at));
                    if (memory.readFully(List.of(part), at) != part.byteSize()) {
                        throw new IOException("the base's memory has become shorter");
                    }
                    to.writeFully(List.of(part), at);
                    copied += part.byteSize();
                }
            }
            to.sync();
            return copied;
        }
    }
}
