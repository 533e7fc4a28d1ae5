package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.storage.Sha256;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.List;

/**
 * Copies the pages of a file that are not all zeros into a file of zeros of the same size. The hash
 * covers, for each such page in order, its number (8 bytes, little-endian) and its bytes. So it
 * does not depend on where a file system keeps holes.
 */
final class PageCopy {

    private static final int PAGE = 4096;
    private static final int BUFFER = 1 << 20;

    private static final ValueLayout.OfLong NUMBER =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final OpenFile from;
    private final OpenFile to;
    private final MessageDigest digest = Sha256.create();

    private PageCopy(OpenFile from, OpenFile to) {
        this.from = from;
        this.to = to;
    }

    /**
     * Copies the pages.
     *
     * @param size of both files in bytes, a multiple of the page size
     * @return the hash in lowercase hexadecimal digits
     */
    static String copy(OpenFile from, OpenFile to, long size)
            throws IOException, InterruptedException {
        PageCopy copy = new PageCopy(from, to);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BUFFER, PAGE);
            MemorySegment zeros = arena.allocate(PAGE, PAGE);
            MemorySegment number = arena.allocate(NUMBER);
            long position = 0;
            while (position < size) {
                long data = from.nextData(position);
                if (data >= size) {
                    break;
                }
                long start = data / PAGE * PAGE;
                long end = Math.min(size, roundUp(from.nextHole(data)));
                for (long at = start; at < end; at += BUFFER) {
                    copy.part(buffer.asSlice(0, Math.min(BUFFER, end - at)), zeros, number, at);
                    if (Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                }
                position = end;
            }
        }
        return Sha256.hex(copy.digest);
    }

    private void part(MemorySegment part, MemorySegment zeros, MemorySegment number, long offset)
            throws IOException {
        if (from.readFully(List.of(part), offset) != part.byteSize()) {
            throw new IOException("the file is shorter than it was");
        }
        long pending = 0; // offset of the first page that is not written yet
        for (long at = 0; at < part.byteSize(); at += PAGE) {
            MemorySegment page = part.asSlice(at, PAGE);
            if (page.mismatch(zeros) < 0) {
                write(part, pending, at, offset);
                pending = at + PAGE;
            } else {
                number.set(NUMBER, 0, (offset + at) / PAGE);
                digest.update(number.asByteBuffer());
                digest.update(page.asByteBuffer());
            }
        }
        write(part, pending, part.byteSize(), offset);
    }

    private void write(MemorySegment part, long start, long end, long offset) throws IOException {
        if (start < end) {
            to.writeFully(List.of(part.asSlice(start, end - start)), offset + start);
        }
    }

    private static long roundUp(long offset) {
        return (offset + PAGE - 1) / PAGE * PAGE;
    }
}
