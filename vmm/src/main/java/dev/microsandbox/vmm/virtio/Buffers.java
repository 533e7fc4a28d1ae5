package dev.microsandbox.vmm.virtio;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Treats a request's buffers as one contiguous buffer, because the driver may split a request
 * anywhere.
 */
final class Buffers {

    private Buffers() {}

    /**
     * Copies the first bytes of some buffers.
     *
     * @param from buffers of at least {@code length} bytes in total
     */
    static byte[] copy(List<MemorySegment> from, int length) {
        byte[] bytes = new byte[length];
        int at = 0;
        for (MemorySegment buffer : from) {
            int part = (int) Math.min(buffer.byteSize(), length - at);
            MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, at, part);
            at += part;
        }
        return bytes;
    }

    /**
     * The range of the buffers that begins at an offset and has the given length. The range must
     * lie within the buffers.
     */
    static List<MemorySegment> slice(List<MemorySegment> buffers, long offset, long length) {
        List<MemorySegment> part = new ArrayList<>(buffers.size());
        long skip = offset;
        long left = length;
        for (MemorySegment buffer : buffers) {
            if (skip >= buffer.byteSize()) {
                skip -= buffer.byteSize();
                continue;
            }
            long taken = Math.min(buffer.byteSize() - skip, left);
            if (taken > 0) {
                part.add(buffer.asSlice(skip, taken));
            }
            left -= taken;
            skip = 0;
        }
        return part;
    }

    /**
     * Copies to the beginning of some buffers as much as fits.
     *
     * @return how many bytes were copied
     */
    static int fill(List<MemorySegment> into, byte[] bytes, int offset, int length) {
        int done = 0;
        for (MemorySegment buffer : into) {
            int part = (int) Math.min(buffer.byteSize(), length - done);
            MemorySegment.copy(bytes, offset + done, buffer, ValueLayout.JAVA_BYTE, 0, part);
            done += part;
        }
        return done;
    }
}
