package dev.microsandbox.mcp.tools.files;

import dev.microsandbox.mcp.memory.CallMemory;
import dev.microsandbox.mcp.memory.MemoryTakenException;
import dev.microsandbox.mcp.memory.MessageMemory;
import dev.microsandbox.mcp.tools.definition.ToolException;
import dev.microsandbox.mcp.tools.path.GuestPath;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.FileStat;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Whole files of the guest in memory, up to the most that one call transfers. */
final class FileBytes {

    /** The most that one call reads or writes. */
    static final int MAX = 64 * 1024 * 1024;

    private FileBytes() {}

    /**
     * Reads a file or a part of it.
     *
     * @param length {@link SandboxFiles#TO_END} for all from {@code offset}
     * @throws ToolException if there is more than {@link #MAX}
     */
    static Read read(Sandbox sandbox, String path, long offset, long length)
            throws IOException, InterruptedException {
        // Asked first, so that nothing is transferred in vain; files of /proc say 0.
        long size = sandbox.files().stat(path, true).size();
        if (length == SandboxFiles.TO_END && size - offset > MAX) {
            throw tooLarge(path, size);
        }
        long there = size - offset;
        long wanted = length == SandboxFiles.TO_END ? there : Math.min(length, there);
        int expected = Math.clamp(wanted, 0, MAX);
        try {
            return read(sandbox, path, offset, length, expected);
        } catch (TooLarge e) {
            if (expected == MAX) {
                throw tooLarge(path, size);
            }
            // It grows, or its size says nothing.
            return readAtMost(sandbox, path, offset, length, size);
        }
    }

    private static Read readAtMost(
            Sandbox sandbox, String path, long offset, long length, long size)
            throws IOException, InterruptedException {
        try {
            return read(sandbox, path, offset, length, MAX);
        } catch (TooLarge e) {
            throw tooLarge(path, size);
        }
    }

    private static Read read(Sandbox sandbox, String path, long offset, long length, int expected)
            throws IOException, InterruptedException {
        reserve(expected);
        Sink sink = new Sink(expected);
        FileStat stat = sandbox.files().read(path, offset, length, sink);
        return new Read(sink.toByteArray(), stat);
    }

    private static void reserve(int bytes) throws InterruptedException {
        try {
            CallMemory.reserve(bytes);
        } catch (MemoryTakenException e) {
            throw new ToolException(e.getMessage());
        }
    }

    private static ToolException tooLarge(String path, long size) {
        return new ToolException(
                """
                %s has %s; one call reads at most %s. Read it in parts: encoding=base64 with \
                offset and length, or use run_command (head, tail, sed -n, grep).\
                """
                        .formatted(
                                GuestPath.inALine(path),
                                ByteSize.inWords(size),
                                ByteSize.inWords(MAX)));
    }

    /** A file's bytes and what is known of the file. */
    record Read(byte[] bytes, FileStat stat) {}

    private static final class TooLarge extends IOException {

        private static final long serialVersionUID = 1L;

        TooLarge() {
            super("more than one call transfers");
        }
    }

    /** Refuses the byte that would be one too many, whatever the file's size was said to be. */
    private static final class Sink extends OutputStream {

        private final int most;
        private final ByteArrayOutputStream bytes;

        /**
         * @param expected how many there will be; some more may come without being counted
         */
        Sink(int expected) {
            most = Math.min(MAX, expected + MessageMemory.SMALL);
            bytes = new ByteArrayOutputStream(Math.max(expected, 512));
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            if (length > most - bytes.size()) {
                throw new TooLarge();
            }
            bytes.write(source, offset, length);
        }

        byte[] toByteArray() {
            return bytes.toByteArray();
        }
    }
}
