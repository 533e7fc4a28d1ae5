package dev.microsandbox.mcp.tools.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.mcp.tools.definition.ToolException;
import dev.microsandbox.mcp.tools.media.MediaType;
import dev.microsandbox.mcp.tools.output.Utf8;
import dev.microsandbox.mcp.tools.path.GuestPath;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxFiles;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * Reads lines of a text file, and reports other files by their type.
 *
 * @param path the path of the file
 * @param maxLines maximum number of lines
 * @param asText whether to report the file as text even if it is not
 */
record ReadLines(String path, long maxLines, boolean asText) {

    /** Reads lines beginning with a line number, counted from 1. */
    ToolReport from(long firstLine, Sandbox sandbox) throws IOException, InterruptedException {
        LineWindow window = new LineWindow(firstLine, maxLines, ReadFile.MAX_TEXT);
        boolean ended;
        try {
            sandbox.files().read(path, 0, SandboxFiles.TO_END, window);
            ended = true;
        } catch (LineWindow.WindowCompleteException e) {
            // The file has more than the window has read.
            ended = false;
        }
        MediaType type = MediaType.of(window.prefix(), path);
        // Only reading reveals the size of a file that the kernel generates.
        long size = ended ? window.seen() : sandbox.files().stat(path, true).size();
        byte[] content = window.content();
        if (!asText && isBinary(type, content, size)) {
            return BinaryFile.report(sandbox, path, type, size);
        }
        checkLineExists(firstLine, window, ended);
        int end = window.isLineCut() ? Utf8.wholeCharacters(content) : content.length;
        ToolReport report = facts(type, size).fact(ReadResult.LINES, window.lines());
        if (ended) {
            report.fact(ReadResult.TOTAL_LINES, window.totalLines());
        }
        if (window.isLineCut()) {
            report.hint(
                    "Line %d is longer than %s and cut here. Read on with offset=%d and length=%d, which count bytes, or go on with line offset=%d."
                            .formatted(
                                    firstLine,
                                    ByteSize.inWords(ReadFile.MAX_TEXT),
                                    window.start() + end,
                                    ReadFile.MAX_TEXT,
                                    firstLine + 1));
        } else if (window.stop() != LineWindow.Stop.END_OF_FILE) {
            long next = firstLine + window.lines();
            report.fact(ReadResult.NEXT_OFFSET, next)
                    .hint("There is more: go on with offset=" + next + ".");
        }
        return content(report, Arrays.copyOf(content, end));
    }

    private void checkLineExists(long firstLine, LineWindow window, boolean ended) {
        if (window.stop() == LineWindow.Stop.TOO_FAR) {
            throw new ToolException(
                    "Line %d lies beyond the first %s. Use run_command with sed -n, or a negative offset for the last lines."
                            .formatted(firstLine, ByteSize.inWords(LineWindow.MAX_SCAN)));
        }
        if (ended && firstLine > 1 && window.lines() == 0) {
            throw new ToolException(
                    "%s has %d lines; there is no line %d."
                            .formatted(GuestPath.inLine(path), window.totalLines(), firstLine));
        }
    }

    /**
     * Reads the last {@code wanted} lines, of which it reports the first {@code maxLines}.
     * Transfers only the end of the file.
     */
    ToolReport last(long wanted, Sandbox sandbox) throws IOException, InterruptedException {
        long size = sandbox.files().stat(path, true).size();
        long start = Math.max(0, size - ReadFile.MAX_TEXT - 1);
        TailWindow window = new TailWindow(ReadFile.MAX_TEXT);
        long seen;
        try {
            sandbox.files().read(path, start, SandboxFiles.TO_END, window);
            seen = start + window.seen();
        } catch (TailWindow.StreamTooLongException e) {
            throw new ToolException(
                    "%s has no end within %s. Use run_command with tail."
                            .formatted(
                                    GuestPath.inLine(path), ByteSize.inWords(LineWindow.MAX_SCAN)));
        }
        byte[] end = window.bytes();
        MediaType type = MediaType.of(start == 0 ? end : prefix(sandbox), path);
        if (!asText && isBinary(type, end, seen)) {
            return BinaryFile.report(sandbox, path, type, seen);
        }
        TailWindow.Lines found = window.last(wanted, start == 0);
        TailWindow.Lines lines = found.first(maxLines);
        ToolReport report = facts(type, seen).fact(ReadResult.LINES, lines.count());
        if (lines.isCut()) {
            report.hint(
                    "The last line is longer than %s; this is its end."
                            .formatted(ByteSize.inWords(ReadFile.MAX_TEXT)));
        } else if (found.count() < wanted && found.content().length < seen) {
            report.hint(
                    "%s has room for the last %d lines only."
                            .formatted(ByteSize.inWords(ReadFile.MAX_TEXT), found.count()));
        }
        if (lines.count() < found.count()) {
            long next = lines.count() - found.count();
            report.fact(ReadResult.NEXT_OFFSET, next)
                    .hint("There is more: go on with offset=" + next + ".");
        }
        int from = lines.isCut() ? Utf8.restOfCharacter(lines.content()) : 0;
        return content(report, Arrays.copyOfRange(lines.content(), from, lines.content().length));
    }

    private byte[] prefix(Sandbox sandbox) throws IOException, InterruptedException {
        return FileBytes.read(sandbox, path, 0, LineWindow.PREFIX).bytes();
    }

    /**
     * Whether to report the file as binary. A small file that is not UTF-8 is reported exactly; a
     * larger one shows more as text.
     */
    private static boolean isBinary(MediaType type, byte[] content, long size) {
        if (!type.isText()) {
            return true;
        }
        for (byte b : content) {
            if (b == 0) {
                return true;
            }
        }
        return size <= ReadFile.MAX_TEXT && Utf8.decode(content).isEmpty();
    }

    private ToolReport facts(MediaType type, long size) {
        return ToolReport.ok()
                .fact(ReadResult.PATH, GuestPath.asArgument(path))
                .fact(ReadResult.SIZE, size)
                .fact(ReadResult.MIME_TYPE, type.name())
                .fact(ReadResult.ENCODING, ReadFile.TEXT);
    }

    /** Adds the text to a report, with a hint if it is not exactly the file's content. */
    static ToolReport content(ToolReport report, byte[] content) {
        Optional<String> exact = Utf8.decode(content);
        if (exact.isEmpty()) {
            report.hint(
                    "Invalid bytes were replaced by \uFFFD; encoding=base64 reads them exactly.");
        }
        String text = exact.orElseGet(() -> new String(content, UTF_8));
        if (text.isBlank()) {
            report.remark(text.isEmpty() ? "[empty file]" : "[nothing but white space]");
        }
        return report.payload(ReadResult.CONTENT, text);
    }
}
