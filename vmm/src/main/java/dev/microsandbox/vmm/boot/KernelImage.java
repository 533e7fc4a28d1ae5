package dev.microsandbox.vmm.boot;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.memory.GuestAddressException;
import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.memory.GuestRange;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An uncompressed Linux kernel, {@code vmlinux}, in guest memory. The file's format is documented
 * in elf.h.
 *
 * @param entryPoint guest-physical address of startup_64
 * @param end guest-physical address of the first byte after the kernel, including its bss
 */
public record KernelImage(long entryPoint, long end) {

    // The file's header: Elf64_Ehdr.
    private static final int HEADER_BYTES = 64;
    private static final int MAGIC = 0x464c457f;
    private static final int CLASS = 4;
    private static final int CLASS_64 = 2;
    private static final int DATA = 5;
    private static final int LITTLE_ENDIAN = 1;
    private static final int TYPE = 16;
    private static final int TYPE_EXECUTABLE = 2;
    private static final int MACHINE = 18;
    private static final int X86_64 = 62;
    private static final int ENTRY = 24;
    private static final int SEGMENTS_OFFSET = 32;
    private static final int SEGMENT_SIZE = 54;
    private static final int SEGMENT_COUNT = 56;

    // A program header: Elf64_Phdr.
    private static final int SEGMENT_BYTES = 56;
    private static final int PT_LOAD = 1;
    private static final int MOST_SEGMENTS = 64;

    /** "HdrS" in the setup header of a bzImage (Documentation/arch/x86/boot.rst). */
    private static final int BZIMAGE_MAGIC_AT = 0x202;

    private static final int BZIMAGE_MAGIC = 0x53726448;

    private static final int HEAD_BYTES = BZIMAGE_MAGIC_AT + Integer.BYTES;

    private record Load(long fileOffset, long address, long fileBytes, long memoryBytes) {

        /**
         * Whether the segment contains an address. Only for a segment that lies in RAM, so that
         * nothing overflows.
         */
        boolean contains(long guestAddress) {
            return guestAddress >= address && guestAddress - address < memoryBytes;
        }
    }

    /**
     * Loads a kernel at the addresses that its segments specify.
     *
     * @param memory fresh RAM: the part of a segment that is not in the file (its bss) is zero
     *     already, and is not touched, because that would allocate host memory
     * @throws KernelException if the file is not such a kernel, or does not fit into the RAM
     * @throws LinuxException if the file cannot be read
     */
    public static KernelImage load(Path kernel, GuestMemory memory)
            throws KernelException, LinuxException {
        try (OpenFile file = open(kernel)) {
            ByteBuffer header = header(kernel, file);
            List<Load> loads = segments(kernel, file, header);
            long end = 0;
            for (Load load : loads) {
                end = Math.max(end, load(kernel, file, load, memory));
            }
            long entry = header.getLong(ENTRY);
            if (loads.stream().noneMatch(load -> load.contains(entry))) {
                throw new KernelException(
                        "%s begins at %#x, which is outside of it: the file is damaged; build it anew with 'msb image build'."
                                .formatted(kernel, entry));
            }
            return new KernelImage(entry, end);
        }
    }

    private static OpenFile open(Path kernel) throws KernelException, LinuxException {
        try {
            return OpenFile.readOnly(kernel);
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                throw new KernelException(
                        "There is no kernel %s: build one with 'msb image build'."
                                .formatted(kernel));
            }
            throw e;
        }
    }

    private static ByteBuffer header(Path kernel, OpenFile file)
            throws KernelException, LinuxException {
        ByteBuffer head = read(kernel, file, 0, HEAD_BYTES);
        if (head.limit() == 0) {
            throw new KernelException(
                    kernel + " is empty: build the kernel anew with 'msb image build'.");
        }
        if (head.limit() < Integer.BYTES || head.getInt(0) != MAGIC) {
            boolean compressed =
                    head.limit() == HEAD_BYTES && head.getInt(BZIMAGE_MAGIC_AT) == BZIMAGE_MAGIC;
            throw new KernelException(
                    compressed
                            ? kernel
                                    + " is a compressed kernel (bzImage): use the file vmlinux from the same build, or extract it."
                            : kernel + " is no kernel: an ELF file, vmlinux, is needed.");
        }
        if (head.limit() < HEADER_BYTES) {
            throw truncated(kernel);
        }
        if (head.get(CLASS) != CLASS_64) {
            throw new KernelException(
                    kernel + " is a 32-bit program: a kernel for x86-64 is needed.");
        }
        if (head.get(DATA) != LITTLE_ENDIAN) {
            throw new KernelException(
                    kernel + " is for a big-endian processor: a kernel for x86-64 is needed.");
        }
        int machine = head.getShort(MACHINE) & 0xffff;
        if (machine != X86_64) {
            throw new KernelException(
                    "%s is for %s: a kernel for x86-64 is needed."
                            .formatted(kernel, machineName(machine)));
        }
        if (head.getShort(TYPE) != TYPE_EXECUTABLE) {
            throw new KernelException(
                    kernel + " is no executable but an object or a library: vmlinux is needed.");
        }
        return head;
    }

    private static List<Load> segments(Path kernel, OpenFile file, ByteBuffer header)
            throws KernelException, LinuxException {
        int count = header.getShort(SEGMENT_COUNT) & 0xffff;
        long offset = header.getLong(SEGMENTS_OFFSET);
        if (header.getShort(SEGMENT_SIZE) != SEGMENT_BYTES || count > MOST_SEGMENTS || offset < 0) {
            throw new KernelException(
                    kernel
                            + " has no sensible program headers: the file is damaged; build it anew with 'msb image build'.");
        }
        // For an offset that is too large, the host's kernel reports an error instead of the end of
        // the file.
        if (offset > file.size()) {
            throw truncated(kernel);
        }
        ByteBuffer table = read(kernel, file, offset, count * SEGMENT_BYTES);
        if (table.limit() < count * SEGMENT_BYTES) {
            throw truncated(kernel);
        }
        List<Load> loads = new ArrayList<>();
        for (int at = 0; at < table.limit(); at += SEGMENT_BYTES) {
            if (table.getInt(at) == PT_LOAD) {
                loads.add(
                        new Load(
                                table.getLong(at + 8),
                                table.getLong(at + 24),
                                table.getLong(at + 32),
                                table.getLong(at + 40)));
            }
        }
        if (loads.isEmpty()) {
            throw new KernelException(kernel + " has nothing to load: vmlinux is needed.");
        }
        return loads;
    }

    /**
     * Loads one segment.
     *
     * @return the first address after it
     */
    private static long load(Path kernel, OpenFile file, Load load, GuestMemory memory)
            throws KernelException, LinuxException {
        if (load.fileOffset() < 0
                || load.fileBytes() < 0
                || load.memoryBytes() < load.fileBytes()
                || load.address() < GuestLayout.KERNEL_START) {
            throw new KernelException(
                    "%s has a segment for %#x that cannot be loaded: vmlinux for x86-64 is needed."
                            .formatted(kernel, load.address()));
        }
        GuestRange target;
        try {
            target = memory.range(load.address(), load.memoryBytes()).slice(0, load.fileBytes());
        } catch (GuestAddressException e) {
            throw new KernelException(
                    "%s needs memory from %#x for %d bytes, but the machine has %d MiB: give it more."
                            .formatted(
                                    kernel,
                                    load.address(),
                                    load.memoryBytes(),
                                    memory.size() >> 20));
        }
        if (load.fileBytes() > Math.max(file.size() - load.fileOffset(), 0)
                || GuestRange.read(file, List.of(target), load.fileOffset()) < load.fileBytes()) {
            throw truncated(kernel);
        }
        return load.address() + load.memoryBytes();
    }

    /** Reads up to the given length; less at the end of the file. */
    private static ByteBuffer read(Path kernel, OpenFile file, long offset, int length)
            throws KernelException, LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(Math.max(length, 1));
            long read = file.readFully(List.of(bytes.asSlice(0, length)), offset);
            byte[] copy = bytes.asSlice(0, read).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
            return ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
        } catch (LinuxException e) {
            if (e.errno() == Errno.EISDIR) {
                throw new KernelException(kernel + " is a directory: name the file vmlinux.");
            }
            throw e;
        }
    }

    private static KernelException truncated(Path kernel) {
        return new KernelException(
                kernel + " is truncated: build the kernel anew with 'msb image build'.");
    }

    /** The name of an EM_* value of elf.h. */
    private static String machineName(int machine) {
        return switch (machine) {
            case 3 -> "i386";
            case 8 -> "MIPS";
            case 20, 21 -> "PowerPC";
            case 22 -> "S/390";
            case 40 -> "ARM";
            case 183 -> "AArch64";
            case 243 -> "RISC-V";
            case 258 -> "LoongArch";
            default -> "another processor (ELF machine " + machine + ")";
        };
    }
}
