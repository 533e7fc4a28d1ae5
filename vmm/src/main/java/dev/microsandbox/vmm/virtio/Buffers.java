package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.memory.GuestRange;
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
    static byte[] copy(List<GuestRange> from, int length) {
        byte[] bytes = new byte[length];
        int at = 0;
        for (GuestRange buffer : from) {
            int part = (int) Math.min(buffer.byteSize(), length - at);
            buffer.copyTo(0, bytes, at, part);
            at += part;
        }
        return bytes;
    }

    /**
     * The range of the buffers that begins at an offset and has the given length. The range must
     * lie within the buffers.
     */
    static List<GuestRange> slice(List<GuestRange> buffers, long offset, long length) {
        List<GuestRange> part = new ArrayList<>(buffers.size());
        long skip = offset;
        long left = length;
        for (GuestRange buffer : buffers) {
            if (skip >= buffer.byteSize()) {
                skip -= buffer.byteSize();
                continue;
            }
            long taken = Math.min(buffer.byteSize() - skip, left);
            if (taken > 0) {
                part.add(buffer.slice(skip, taken));
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
    static int fill(List<GuestRange> into, byte[] bytes, int offset, int length) {
        int done = 0;
        for (GuestRange buffer : into) {
            int part = (int) Math.min(buffer.byteSize(), length - done);
            buffer.copyFrom(bytes, offset + done, part);
            done += part;
        }
        return done;
    }
}
