package dev.microsandbox.vmm.memory;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.OpenFile;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A range of the guest's RAM. The guest may change its bytes at any time. Thread-safe. A fault of
 * the memory is a {@link MemoryFaultException} of the method that met it, never later.
 */
public final class GuestRange {

    private final MemorySegment memory;

    GuestRange(MemorySegment memory) {
        this.memory = memory;
    }

    /** The length in bytes. */
    public long byteSize() {
        return memory.byteSize();
    }

    /** A part of this range. */
    public GuestRange slice(long offset, long length) {
        return new GuestRange(memory.asSlice(offset, length));
    }

    /** Copies bytes out of this range. */
    public void copyTo(long offset, byte[] into, int at, int length) {
        GuardedAccess.copy(memory, offset, MemorySegment.ofArray(into), at, length);
    }

    /** Copies bytes to the beginning of this range. */
    public void copyFrom(byte[] from, int at, int length) {
        GuardedAccess.copy(MemorySegment.ofArray(from), at, memory, 0, length);
    }

    /** Copies all bytes to the beginning of this range. */
    public void copyFrom(byte[] from) {
        copyFrom(from, 0, from.length);
    }

    /** Writes one byte. */
    public void putU8(long offset, int value) {
        GuardedAccess.store(memory, offset, 1, value);
    }

    /** Where it begins in a mapping. */
    long offsetIn(MemorySegment mapping) {
        return memory.address() - mapping.address();
    }

    /**
     * Reads a file into ranges: see {@link OpenFile#readFully}.
     *
     * @return how many bytes were read
     */
    public static long read(OpenFile file, List<GuestRange> into, long offset)
            throws LinuxException {
        try {
            return file.readFully(segments(into), offset);
        } catch (LinuxException e) {
            throw fault(e);
        }
    }

    /** Writes ranges to a file: see {@link OpenFile#writeFully}. */
    public static void write(OpenFile file, List<GuestRange> from, long offset)
            throws LinuxException {
        try {
            file.writeFully(segments(from), offset);
        } catch (LinuxException e) {
            throw fault(e);
        }
    }

    private static List<MemorySegment> segments(List<GuestRange> ranges) {
        return ranges.stream().map(range -> range.memory).toList();
    }

    /** The kernel's copies never end in a signal, but in EFAULT. */
    private static LinuxException fault(LinuxException e) {
        if (e.errno() == Errno.EFAULT) {
            throw new MemoryFaultException(e);
        }
        return e;
    }
}
