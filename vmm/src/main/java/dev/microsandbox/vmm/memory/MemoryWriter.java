package dev.microsandbox.vmm.memory;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.OpenFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Writes ranges of RAM to a file of the same size, except for pages of zeros. It reads each page
 * once, into a buffer, which it then checks and writes. Each instance is used once.
 */
final class MemoryWriter {

    private static final int PAGE = ChunkSums.PAGE;

    private final MemorySegment memory;
    private final OpenFile file;
    private final List<ChunkSums.Chunk> chunks = new ArrayList<>();

    /**
     * @param memory whole pages, to which no thread writes meanwhile
     * @param file of zeros, of the same size
     */
    MemoryWriter(MemorySegment memory, OpenFile file) {
        this.memory = memory;
        this.file = file;
    }

    /**
     * Writes the given ranges.
     *
     * @param extents whole pages, in ascending order, not touching each other
     * @return the checksums of the file
     * @throws MemoryFaultException if a page cannot be read
     */
    ChunkSums write(List<Extent> extents) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            return write(extents, arena.allocate(ChunkSums.CHUNK_BYTES, PAGE));
        }
    }

    private ChunkSums write(List<Extent> extents, MemorySegment buffer) throws LinuxException {
        int next = 0;
        for (long at = 0; at < memory.byteSize() && next < extents.size(); ) {
            long end = Math.min(at + ChunkSums.CHUNK_BYTES, memory.byteSize());
            List<Extent> parts = new ArrayList<>();
            // An extent that continues after this chunk is used again for the next chunk.
            for (int i = next; i < extents.size() && extents.get(i).offset() < end; i++) {
                Extent extent = extents.get(i);
                long from = Math.max(extent.offset(), at);
                long to = Math.min(extent.end(), end);
                parts.add(new Extent(from, to - from));
                next = extent.end() <= end ? i + 1 : i;
            }
            if (parts.isEmpty()) {
                // Skips to the chunk in which the next extent begins.
                long offset = extents.get(next).offset();
                at = offset - offset % ChunkSums.CHUNK_BYTES;
            } else {
                writeChunk(at, end, parts, buffer);
                at = end;
            }
        }
        return new ChunkSums(chunks);
    }

    private void writeChunk(long begin, long end, List<Extent> parts, MemorySegment buffer)
            throws LinuxException {
        CRC32C crc = new CRC32C();
        boolean empty = true;
        long at = begin;
        for (Extent part : parts) {
            addZeros(crc, part.offset() - at);
            MemorySegment bytes = buffer.asSlice(part.offset() - begin, part.length());
            GuardedAccess.copy(memory, part.offset(), bytes, 0, part.length());
            crc.update(bytes.asByteBuffer());
            empty &= !writeRuns(part.offset(), bytes);
            at = part.end();
        }
        addZeros(crc, end - at);
        if (!empty) {
            chunks.add(
                    new ChunkSums.Chunk(
                            (int) (begin / ChunkSums.CHUNK_BYTES), (int) crc.getValue()));
        }
    }

    private static void addZeros(CRC32C crc, long bytes) {
        for (long left = bytes; left > 0; left -= PAGE) {
            crc.update(ChunkSums.ZEROS.asByteBuffer());
        }
    }

    /**
     * Writes the runs of pages that are not zeros.
     *
     * @param offset of the bytes in the file
     * @return whether there are any such pages
     */
    private boolean writeRuns(long offset, MemorySegment bytes) throws LinuxException {
        boolean any = false;
        long run = -1; // where in the bytes the current run began
        for (long at = 0; at < bytes.byteSize(); at += PAGE) {
            boolean isZero = bytes.asSlice(at, PAGE).mismatch(ChunkSums.ZEROS) < 0;
            if (isZero && run >= 0) {
                file.writeFully(List.of(bytes.asSlice(run, at - run)), offset + run);
                run = -1;
            } else if (!isZero && run < 0) {
                run = at;
                any = true;
            }
        }
        if (run >= 0) {
            file.writeFully(List.of(bytes.asSlice(run)), offset + run);
        }
        return any;
    }
}
