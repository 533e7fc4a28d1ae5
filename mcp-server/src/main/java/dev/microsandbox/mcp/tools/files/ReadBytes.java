package dev.microsandbox.mcp.tools.files;

import dev.microsandbox.mcp.tools.media.MediaType;
import dev.microsandbox.mcp.tools.output.Utf8;
import dev.microsandbox.mcp.tools.path.GuestPath;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.vmm.Sandbox;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * Reads a range of a file's bytes.
 *
 * @param path the path of the file
 * @param offset the offset of the first byte; a negative offset counts from the end
 * @param length the number of bytes to read; fewer are read at the end of the file
 */
record ReadBytes(String path, long offset, Optional<Long> length) {

    /** Reports the exact bytes as base64. */
    ToolReport exact(Sandbox sandbox) throws IOException, InterruptedException {
        ByteRange range = read(sandbox, length.orElse((long) ReadFile.DEFAULT_LENGTH));
        return range.withNextOffset(BinaryFile.base64(path, range.type(sandbox), range.read()));
    }

    /**
     * Reports the bytes as text, up to the end of the last whole character.
     *
     * @param always whether to report text even if the bytes are not text
     */
    ToolReport text(Sandbox sandbox, boolean always) throws IOException, InterruptedException {
        long most = Math.min(length.orElseThrow(), ReadFile.MAX_TEXT);
        ByteRange all = read(sandbox, most);
        byte[] bytes = all.read().bytes();
        int whole = all.hasMore() ? Utf8.wholeCharacters(bytes) : bytes.length;
        // If the bytes are too few for one character, they are shown as they are.
        ByteRange range = whole == 0 ? all : all.first(whole);
        byte[] content = range.read().bytes();
        if (!always && Utf8.decode(content).isEmpty()) {
            return all.withNextOffset(BinaryFile.base64(path, all.type(sandbox), all.read()));
        }
        ToolReport report =
                ToolReport.ok()
                        .fact(ReadResult.PATH, GuestPath.asArgument(path))
                        .fact(ReadResult.SIZE, range.read().stat().size())
                        .fact(ReadResult.MIME_TYPE, range.type(sandbox).name())
                        .fact(ReadResult.ENCODING, ReadFile.TEXT)
                        .fact(ReadResult.BYTES, content.length);
        return ReadLines.content(range.withNextOffset(report), content);
    }

    private ByteRange read(Sandbox sandbox, long most) throws IOException, InterruptedException {
        long start = offset;
        if (offset < 0) {
            start = Math.max(0, sandbox.files().stat(path, true).size() + offset);
        }
        return new ByteRange(path, start, FileBytes.read(sandbox, path, start, most));
    }

    /** Bytes of a file and their offset in it. */
    private record ByteRange(String path, long start, FileBytes.Read read) {

        ByteRange first(int bytes) {
            byte[] part = Arrays.copyOf(read.bytes(), bytes);
            return new ByteRange(path, start, new FileBytes.Read(part, read.stat()));
        }

        long next() {
            return start + read.bytes().length;
        }

        boolean hasMore() {
            return next() < read.stat().size();
        }

        ToolReport withNextOffset(ToolReport report) {
            return hasMore()
                    ? report.fact(ReadResult.NEXT_OFFSET, next())
                            .hint("There is more: go on with offset=" + next() + ".")
                    : report;
        }

        MediaType type(Sandbox sandbox) throws IOException, InterruptedException {
            byte[] prefix =
                    start == 0
                            ? read.bytes()
                            : FileBytes.read(sandbox, path, 0, LineWindow.PREFIX).bytes();
            return MediaType.of(
                    Arrays.copyOf(prefix, Math.min(prefix.length, LineWindow.PREFIX)), path);
        }
    }
}
