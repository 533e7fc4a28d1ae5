package dev.microsandbox.mcp.tools.search;

import dev.microsandbox.mcp.tools.output.TextCapture;
import dev.microsandbox.vmm.OutputListener;
import dev.microsandbox.vmm.PathBytes;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Collects names of files and keeps those that changed last. Not thread-safe. */
public final class NewestFiles implements OutputListener {

    /** Counting stops at this number of files. */
    static final long MAX_COUNTED = 1_000_000;

    /** Upper bound on the length of a record: time, size and the longest path. */
    private static final int MAX_RECORD = 5000;

    private static final String TIME = "-?[0-9]{1,11}\\.[0-9]{9}";
    private static final String SIZE = "[0-9]{1,18}";

    private static final Comparator<DatedFile> BY_AGE =
            Comparator.comparing(DatedFile::modified)
                    .thenComparing(Comparator.comparing(DatedFile::path).reversed());

    /**
     * A file.
     *
     * @param path the path relative to the searched directory; see {@link PathBytes}
     * @param size the size in bytes
     * @param modified when the file was last modified
     */
    public record DatedFile(String path, long size, Instant modified) {}

    private final int limit;
    private final PriorityQueue<DatedFile> newest = new PriorityQueue<>(BY_AGE);
    private final TextCapture errors = new TextCapture(2000);
    private final ByteArrayOutputStream record = new ByteArrayOutputStream();
    private long count;

    /**
     * @param limit maximum number of files to keep
     */
    public NewestFiles(int limit) {
        this.limit = limit;
    }

    /**
     * @throws Matches.CountLimitException if there are more than {@link #MAX_COUNTED} files
     */
    @Override
    public void stdout(byte[] bytes) {
        for (byte b : bytes) {
            if (b == 0) {
                add(record.toByteArray());
                record.reset();
            } else if (record.size() < MAX_RECORD) {
                record.write(b);
            }
        }
        if (count > MAX_COUNTED) {
            throw new Matches.CountLimitException();
        }
    }

    @Override
    public void stderr(byte[] bytes) {
        errors.append(bytes);
    }

    /** Parses a record {@code SECONDS.NANOSECONDS SIZE NAME}. */
    private void add(byte[] bytes) {
        String text = PathBytes.decode(bytes, 0, bytes.length);
        String[] parts = text.split(" ", 3);
        if (parts.length < 3 || !parts[0].matches(TIME) || !parts[1].matches(SIZE)) {
            return;
        }
        count++;
        int dot = parts[0].indexOf('.');
        Instant modified =
                Instant.ofEpochSecond(
                        Long.parseLong(parts[0], 0, dot, 10),
                        Long.parseLong(parts[0], dot + 1, parts[0].length(), 10));
        String path = parts[2].startsWith("./") ? parts[2].substring(2) : parts[2];
        newest.add(new DatedFile(path, Long.parseLong(parts[1]), modified));
        if (newest.size() > limit) {
            newest.remove();
        }
    }

    /** The kept files, newest first. */
    public List<DatedFile> files() {
        List<DatedFile> files = new ArrayList<>(newest);
        files.sort(BY_AGE.reversed());
        return files;
    }

    /** The number of files, including those that are not kept. */
    public long count() {
        return count;
    }

    /** Ripgrep's error messages. Must be called once only. */
    public String errors() {
        return errors.finish().shown("").strip();
    }
}
