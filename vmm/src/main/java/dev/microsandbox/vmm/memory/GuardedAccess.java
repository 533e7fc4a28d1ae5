package dev.microsandbox.vmm.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Accesses to memory that is a mapping of files. If such a file has become shorter, or its disk has
 * a bad sector, the processor's access ends in SIGBUS. HotSpot survives that in few places: in
 * single reads and writes, and in bulk copies. It does not in its intrinsics, such as those of
 * checksums and comparisons, nor in every access with a memory order while it interprets. Where it
 * survives, it skips the instruction, which leaves any value, and throws an InternalError at some
 * later point of the thread, which may be in another machine's work.
 *
 * <p>So whoever accesses such memory uses this class alone, and no value counts before {@link
 * #settle} has returned. What takes longer than a read or a write works on a copy.
 */
final class GuardedAccess {

    static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;
    static final ValueLayout.OfShort U16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private GuardedAccess() {}

    /**
     * Makes a fault of an earlier access of this thread come up now.
     *
     * @throws InternalError if there was one
     */
    static void settle() {
        // HotSpot throws what is pending whenever a method in C returns to Java. This one only
        // reads a field. It takes 30 ns.
        long _ = Runtime.getRuntime().maxMemory();
    }

    /**
     * Reads a value.
     *
     * @param size in bytes: 1, 2, 4 or 8
     */
    static long load(MemorySegment from, long offset, int size) {
        try {
            long value = loadUnsettled(from, offset, size);
            settle();
            return value;
        } catch (InternalError e) {
            throw new MemoryFaultException(e);
        }
    }

    /**
     * Writes a value.
     *
     * @param size in bytes: 1, 2, 4 or 8
     */
    static void store(MemorySegment to, long offset, int size, long value) {
        try {
            storeUnsettled(to, offset, size, value);
            settle();
        } catch (InternalError e) {
            throw new MemoryFaultException(e);
        }
    }

    /** Reads a value. A caller settles before it uses it. */
    static long loadUnsettled(MemorySegment from, long offset, int size) {
        return switch (size) {
            case 1 -> from.get(U8, offset);
            case Short.BYTES -> from.get(U16, offset);
            case Integer.BYTES -> from.get(U32, offset);
            default -> from.get(U64, offset);
        };
    }

    /** Writes a value. A caller settles soon. */
    static void storeUnsettled(MemorySegment to, long offset, int size, long value) {
        switch (size) {
            case 1 -> to.set(U8, offset, (byte) value);
            case Short.BYTES -> to.set(U16, offset, (short) value);
            case Integer.BYTES -> to.set(U32, offset, (int) value);
            default -> to.set(U64, offset, value);
        }
    }

    /** Copies bytes to or from such memory. */
    static void copy(
            MemorySegment from, long fromOffset, MemorySegment to, long toOffset, long length) {
        try {
            MemorySegment.copy(from, fromOffset, to, toOffset, length);
            settle();
        } catch (InternalError e) {
            throw new MemoryFaultException(e);
        }
    }
}
