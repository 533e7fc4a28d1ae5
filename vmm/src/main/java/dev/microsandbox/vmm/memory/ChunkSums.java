package dev.microsandbox.vmm.memory;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.OpenFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * Checksums that tell whether a memory file has been damaged since it was written: one for each
 * chunk that is not all zeros. CRC-32C runs at the speed of memory, so that checking a whole file
 * takes tens of milliseconds. It detects damage, not tampering. Immutable.
 *
 * @param chunks ascending
 */
public record ChunkSums(List<Chunk> chunks) {

    /** The last chunk of a file may be shorter. */
    static final int CHUNK_BYTES = 256 * 1024;

    static final int PAGE = (int) GuestLayout.PAGE_SIZE;

    /** A page of zeros. */
    static final MemorySegment ZEROS = Arena.global().allocate(PAGE, PAGE).asReadOnly();

    /**
     * A chunk's checksum.
     *
     * @param index the chunk's offset in chunks
     * @param crc CRC-32C of all its bytes
     */
    public record Chunk(int index, int crc) {}

    public ChunkSums {
        chunks = List.copyOf(chunks);
    }

    /**
     * Validates checksums that come from outside, such as from a snapshot.
     *
     * @throws IllegalArgumentException if they cannot belong to a file of that size
     */
    public void check(long size) {
        long last = -1;
        for (Chunk chunk : chunks) {
            if (chunk.index() <= last || (long) chunk.index() * CHUNK_BYTES >= size) {
                throw new IllegalArgumentException("a checksum of chunk " + chunk.index());
            }
            last = chunk.index();
        }
    }

    /** The ranges that the chunks cover; everything outside of them is zeros. */
    public List<Extent> extents(long size) {
        List<Extent> extents = new ArrayList<>(chunks.size());
        for (Chunk chunk : chunks) {
            long offset = (long) chunk.index() * CHUNK_BYTES;
            extents.add(new Extent(offset, Math.min(CHUNK_BYTES, size - offset)));
        }
        return Extents.union(extents, List.of());
    }

    /**
     * Reads all of a file's data and compares it with the checksums.
     *
     * @param size that the file must have, in bytes
     * @return the first damage found, in words; empty if there is none
     */
    public Optional<String> damage(OpenFile file, long size) throws LinuxException {
        long found = file.size();
        if (found != size) {
            return Optional.of("it has %d bytes and not %d".formatted(found, size));
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(CHUNK_BYTES, PAGE);
            Set<Integer> known = new HashSet<>();
            for (Chunk chunk : chunks) {
                known.add(chunk.index());
                MemorySegment bytes = read(file, chunk.index(), size, buffer);
                CRC32C crc = new CRC32C();
                crc.update(bytes.asByteBuffer());
                if ((int) crc.getValue() != chunk.crc()) {
                    return Optional.of(damagedAt(chunk.index()));
                }
            }
            // Everywhere else the file must be zeros, even where the file system reports data.
            for (Extent data : file.data()) {
                int last = (int) ((data.end() - 1) / CHUNK_BYTES);
                for (int index = (int) (data.offset() / CHUNK_BYTES); index <= last; index++) {
                    if (known.add(index) && !isZero(read(file, index, size, buffer))) {
                        return Optional.of(damagedAt(index));
                    }
                }
            }
            return Optional.empty();
        }
    }

    private static String damagedAt(int index) {
        return "its bytes from %d on are not those that were written"
                .formatted((long) index * CHUNK_BYTES);
    }

    private static MemorySegment read(OpenFile file, int index, long size, MemorySegment buffer)
            throws LinuxException {
        long offset = (long) index * CHUNK_BYTES;
        MemorySegment bytes = buffer.asSlice(0, Math.clamp(size - offset, 0, CHUNK_BYTES));
        // If the file has become shorter meanwhile, the buffer keeps its old bytes, and the
        // comparison reports damage.
        long _ = file.readFully(List.of(bytes), offset);
        return bytes;
    }

    static boolean isZero(MemorySegment bytes) {
        long at = 0;
        for (; at + PAGE <= bytes.byteSize(); at += PAGE) {
            if (bytes.asSlice(at, PAGE).mismatch(ZEROS) >= 0) {
                return false;
            }
        }
        return true;
    }
}
