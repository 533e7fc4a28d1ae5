package dev.microsandbox.mcp.tools.files;

import dev.microsandbox.mcp.memory.CallMemory;
import dev.microsandbox.mcp.memory.MessageMemory;
import dev.microsandbox.mcp.memory.MessageMemoryException;
import dev.microsandbox.mcp.tools.definition.ToolException;
import dev.microsandbox.mcp.tools.path.GuestPath;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.FileStat;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Reads files of the guest into memory, up to the maximum that one call transfers. */
final class FileBytes {

    /** Maximum number of bytes that one call reads or writes. */
    static final int MAX = 64 * 1024 * 1024;

    private FileBytes() {}

    /**
     * Reads a file or a part of it.
     *
     * @param offset offset of the first byte
     * @param length maximum number of bytes; {@link SandboxFiles#TO_END} for everything from {@code
     *     offset}
     * @throws ToolException if there are more than {@link #MAX} bytes
     */
    static Read read(Sandbox sandbox, String path, long offset, long length)
            throws IOException, InterruptedException {
        // Ask for the size first, so that a file that is too large is not transferred. Files of
        // /proc report 0.
        long size = sandbox.files().stat(path, true).size();
        if (length == SandboxFiles.TO_END && size - offset > MAX) {
            throw tooLarge(path, size);
        }
        long there = size - offset;
        long wanted = length == SandboxFiles.TO_END ? there : Math.min(length, there);
        int expected = Math.clamp(wanted, 0, MAX);
        try {
            return read(sandbox, path, offset, length, expected);
        } catch (FileTooLargeException e) {
            if (expected == MAX) {
                throw tooLarge(path, size);
            }
            // The file grows, or its reported size is meaningless.
            return readAtMost(sandbox, path, offset, length, size);
        }
    }

    private static Read readAtMost(
            Sandbox sandbox, String path, long offset, long length, long size)
            throws IOException, InterruptedException {
        try {
            return read(sandbox, path, offset, length, MAX);
        } catch (FileTooLargeException e) {
            throw tooLarge(path, size);
        }
    }

    private static Read read(Sandbox sandbox, String path, long offset, long length, int expected)
            throws IOException, InterruptedException {
        reserve(expected);
        BoundedBytes sink = new BoundedBytes(expected);
        FileStat stat = sandbox.files().read(path, offset, length, sink);
        return new Read(sink.toByteArray(), stat);
    }

    private static void reserve(int bytes) throws InterruptedException {
        try {
            CallMemory.reserve(bytes);
        } catch (MessageMemoryException e) {
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
                                GuestPath.inLine(path),
                                ByteSize.inWords(size),
                                ByteSize.inWords(MAX)));
    }

    /** Bytes of a file, and the file's attributes. */
    record Read(byte[] bytes, FileStat stat) {}

    private static final class FileTooLargeException extends IOException {

        private static final long serialVersionUID = 1L;

        FileTooLargeException() {
            super("the file is larger than one call transfers");
        }
    }

    /** Collects bytes up to a limit, whatever size the guest reported. */
    private static final class BoundedBytes extends OutputStream {

        private final int most;
        private final ByteArrayOutputStream bytes;

        /**
         * @param expected the expected number of bytes; slightly more may arrive without being
         *     reserved
         */
        BoundedBytes(int expected) {
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
                throw new FileTooLargeException();
            }
            bytes.write(source, offset, length);
        }

        byte[] toByteArray() {
            return bytes.toByteArray();
        }
    }
}
