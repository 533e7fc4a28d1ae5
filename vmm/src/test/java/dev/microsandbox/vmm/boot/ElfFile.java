package dev.microsandbox.vmm.boot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A small kernel file in which every field can be changed. The offsets are those of elf.h. */
final class ElfFile {

    // Elf64_Ehdr
    static final int CLASS = 4;
    static final int DATA = 5;
    static final int TYPE = 16;
    static final int MACHINE = 18;
    static final int ENTRY = 24;
    static final int SEGMENTS_OFFSET = 32;
    static final int SEGMENT_SIZE = 54;
    static final int SEGMENT_COUNT = 56;

    // Elf64_Phdr
    static final int SEGMENT_TYPE = 0;
    static final int FILE_OFFSET = 8;
    static final int ADDRESS = 24;
    static final int FILE_BYTES = 32;
    static final int MEMORY_BYTES = 40;

    private static final int HEADER_BYTES = 64;
    private static final int SEGMENT_BYTES = 56;

    static final int HEADERS = HEADER_BYTES + 3 * SEGMENT_BYTES;
    static final int CODE_BYTES = 300;
    static final int DATA_BYTES = 100;

    static final long CODE_ADDRESS = 0x100_0000;
    static final long DATA_ADDRESS = 0x120_0000;
    static final long DATA_MEMORY = 0x5000;
    static final long ENTRY_POINT = CODE_ADDRESS + 0x40;

    private final ByteBuffer bytes =
            ByteBuffer.allocate(HEADERS + CODE_BYTES + DATA_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    /** A valid kernel: code, data with a bss, and a note, which is not loaded. */
    ElfFile() {
        bytes.putInt(0, 0x464c457f).put(CLASS, (byte) 2).put(DATA, (byte) 1).put(6, (byte) 1);
        put16(TYPE, 2).put16(MACHINE, 62).put64(ENTRY, ENTRY_POINT);
        put64(SEGMENTS_OFFSET, HEADER_BYTES);
        put16(SEGMENT_SIZE, SEGMENT_BYTES).put16(SEGMENT_COUNT, 3);
        segment(0, 1, HEADERS, CODE_ADDRESS, CODE_BYTES, CODE_BYTES);
        segment(1, 4, 0, 0, 0, 0);
        segment(2, 1, HEADERS + CODE_BYTES, DATA_ADDRESS, DATA_BYTES, DATA_MEMORY);
        for (int i = HEADERS; i < bytes.capacity(); i++) {
            bytes.put(i, content(i));
        }
    }

    /** The file's byte at an offset after the headers. */
    static byte content(int offset) {
        return (byte) (offset * 7 | 1);
    }

    private void segment(
            int index, int type, long offset, long address, long fileBytes, long memoryBytes) {
        int at = at(index, 0);
        bytes.putInt(at, type);
        put64(at + FILE_OFFSET, offset).put64(at + ADDRESS, address);
        put64(at + FILE_BYTES, fileBytes).put64(at + MEMORY_BYTES, memoryBytes);
    }

    /** The offset of a field of a program header. */
    static int at(int segment, int field) {
        return HEADER_BYTES + segment * SEGMENT_BYTES + field;
    }

    ElfFile put8(int at, int value) {
        bytes.put(at, (byte) value);
        return this;
    }

    ElfFile put16(int at, int value) {
        bytes.putShort(at, (short) value);
        return this;
    }

    ElfFile put32(int at, int value) {
        bytes.putInt(at, value);
        return this;
    }

    ElfFile put64(int at, long value) {
        bytes.putLong(at, value);
        return this;
    }

    int size() {
        return bytes.capacity();
    }

    Path write(Path file) throws IOException {
        return Files.write(file, bytes.array());
    }

    Path writePrefix(Path file, int length) throws IOException {
        return Files.write(file, Arrays.copyOf(bytes.array(), length));
    }
}
