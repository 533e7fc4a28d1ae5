package dev.microsandbox.vmm.image.build;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.microsandbox.vmm.ImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a file is a kernel that a machine can start: ELF-64 for x86-64 with a PVH entry note.
 */
final class Vmlinux {

    private static final int HEADER_BYTES = 64;
    private static final int PROGRAM_HEADER_BYTES = 56;
    private static final int MAX_PROGRAM_HEADERS = 64;
    private static final int MAX_NOTE_BYTES = 64 * 1024;

    private static final int ELF_MAGIC = 0x464c457f;
    private static final byte CLASS_64 = 2;
    private static final byte DATA_LITTLE_ENDIAN = 1;
    private static final short MACHINE_X86_64 = 62;

    private static final int PT_LOAD = 1;
    private static final int PT_NOTE = 4;

    /** XEN_ELFNOTE_PHYS32_ENTRY of Xen's elfnote.h: where PVH starts the kernel. */
    private static final int NOTE_PHYS32_ENTRY = 18;

    private static final String NOTE_OWNER = "Xen\0";

    private Vmlinux() {}

    /**
     * @throws ImageException if the file is not such a kernel, or is cut short
     */
    static void check(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            String problem = problem(channel);
            if (problem != null) {
                throw new ImageException(file + " is not a kernel for a guest: " + problem);
            }
        }
    }

    private static @Nullable String problem(FileChannel channel) throws IOException {
        ByteBuffer header = read(channel, 0, HEADER_BYTES);
        if (header.remaining() < HEADER_BYTES || header.getInt(0) != ELF_MAGIC) {
            return "not an ELF file";
        }
        if (header.get(4) != CLASS_64
                || header.get(5) != DATA_LITTLE_ENDIAN
                || header.getShort(18) != MACHINE_X86_64) {
            return "not for x86-64";
        }
        long tableOffset = header.getLong(32);
        int count = Short.toUnsignedInt(header.getShort(56));
        if (header.getShort(54) != PROGRAM_HEADER_BYTES || count > MAX_PROGRAM_HEADERS) {
            return "odd program headers";
        }
        ByteBuffer table = read(channel, tableOffset, count * PROGRAM_HEADER_BYTES);
        boolean loads = false;
        boolean entry = false;
        for (int i = 0; i < count; i++) {
            int at = i * PROGRAM_HEADER_BYTES;
            if (table.remaining() < at + PROGRAM_HEADER_BYTES) {
                return "cut short";
            }
            int type = table.getInt(at);
            long offset = table.getLong(at + 8);
            long size = table.getLong(at + 32);
            if (offset < 0 || size < 0 || size > channel.size() - offset) {
                return "cut short";
            }
            loads |= type == PT_LOAD;
            entry |= type == PT_NOTE && hasEntryNote(channel, offset, size);
        }
        if (!loads) {
            return "nothing to load";
        }
        return entry ? null : "no PVH entry";
    }

    private static boolean hasEntryNote(FileChannel channel, long offset, long size)
            throws IOException {
        ByteBuffer notes = read(channel, offset, (int) Math.min(size, MAX_NOTE_BYTES));
        while (notes.remaining() >= 12) {
            int nameBytes = notes.getInt();
            int valueBytes = notes.getInt();
            int type = notes.getInt();
            long next = notes.position() + padded(nameBytes) + padded(valueBytes);
            if (nameBytes < 0 || valueBytes < 0 || next > notes.limit()) {
                return false;
            }
            byte[] name = new byte[nameBytes];
            notes.get(notes.position(), name);
            if (type == NOTE_PHYS32_ENTRY
                    && NOTE_OWNER.equals(new String(name, StandardCharsets.US_ASCII))) {
                return true;
            }
            notes.position((int) next);
        }
        return false;
    }

    private static long padded(int bytes) {
        return (bytes + 3L) & ~3L;
    }

    private static ByteBuffer read(FileChannel channel, long offset, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(LITTLE_ENDIAN);
        // The host rejects a read whose end would exceed the largest file offset.
        while (offset >= 0
                && offset < channel.size()
                && buffer.hasRemaining()
                && channel.read(buffer, offset + buffer.position()) > 0) {}
        return buffer.flip();
    }
}
