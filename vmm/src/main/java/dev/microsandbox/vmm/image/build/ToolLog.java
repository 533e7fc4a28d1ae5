package dev.microsandbox.vmm.image.build;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads a log while tools write to it. */
final class ToolLog implements AutoCloseable {

    /** The most bytes that are read at once. */
    private static final int PIECE_BYTES = 64 * 1024;

    private final RandomAccessFile file;
    private final StringBuilder partial = new StringBuilder();

    /** Starts at the current end of the log. */
    ToolLog(Path path) throws IOException {
        file = new RandomAccessFile(path.toFile(), "r");
        file.seek(file.length());
    }

    /** The lines that have been completed since the last call. */
    List<String> newLines() throws IOException {
        byte[] piece = new byte[PIECE_BYTES];
        List<String> lines = new ArrayList<>();
        int length;
        while ((length = file.read(piece)) > 0) {
            // Tools run in the C locale. Other than ASCII occurs only in text that they quote.
            partial.append(new String(piece, 0, length, StandardCharsets.ISO_8859_1));
            int end = partial.lastIndexOf("\n") + 1;
            lines.addAll(partial.substring(0, end).lines().toList());
            partial.delete(0, end);
        }
        return lines;
    }

    /** The end of a log: at most {@code lines} lines of the last {@code bytes} bytes. */
    static String tail(Path path, int lines, int bytes) throws IOException {
        byte[] end;
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            long length = file.length();
            end = new byte[(int) Math.min(length, bytes)];
            file.seek(length - end.length);
            file.readFully(end);
        }
        List<String> all = new String(end, StandardCharsets.UTF_8).lines().toList();
        return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
