package dev.microsandbox.mcp.session;

import dev.microsandbox.vmm.FileEntry;
import dev.microsandbox.vmm.FileStat;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.SandboxFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Files of a fake sandbox, in memory. */
final class FakeFiles implements SandboxFiles {

    /** Lists the existing files. */
    private static final List<String> DIRECTORIES = List.of("/workspace", "/srv", "src/");

    private final Map<String, byte[]> content;

    /**
     * @param content file contents by path
     */
    FakeFiles(Map<String, byte[]> content) {
        this.content = content;
    }

    private byte[] bytes(String path) {
        byte[] bytes = content.get(path);
        if (bytes == null) {
            throw new GuestException(GuestException.ENOENT, path + ": No such file or directory");
        }
        return bytes;
    }

    private FileStat stat(byte[] bytes) {
        Instant time = Instant.parse("2026-01-02T03:04:05Z");
        return new FileStat(FileStat.Type.FILE, 0644, 1000, 1000, bytes.length, time, "");
    }

    @Override
    public FileStat read(String path, long offset, long length, OutputStream sink)
            throws IOException {
        byte[] bytes = bytes(path);
        int from = (int) Math.min(offset, bytes.length);
        long wanted = length == TO_END ? bytes.length - from : length;
        int end = (int) Math.min(bytes.length, from + wanted);
        for (int i = from; i < end; i += 1000) {
            sink.write(bytes, i, Math.min(1000, end - i));
        }
        return stat(bytes);
    }

    @Override
    public FileStat write(String path, InputStream source, WriteOptions options)
            throws IOException {
        byte[] added = source.readAllBytes();
        byte[] before =
                options.append()
                        ? Optional.ofNullable(content.get(path)).orElse(new byte[0])
                        : new byte[0];
        byte[] all = new byte[before.length + added.length];
        System.arraycopy(before, 0, all, 0, before.length);
        System.arraycopy(added, 0, all, before.length, added.length);
        content.put(path, all);
        return stat(all);
    }

    @Override
    public FileStat stat(String path, boolean follow) {
        if (DIRECTORIES.contains(path)) {
            Instant time = Instant.parse("2026-01-02T03:04:05Z");
            return new FileStat(FileStat.Type.DIRECTORY, 0755, 1000, 1000, 0, time, "");
        }
        return stat(bytes(path));
    }

    @Override
    public Listing list(String path, int depth, int maxEntries) {
        List<FileEntry> entries =
                new TreeMap<>(content)
                        .entrySet().stream()
                                .map(e -> new FileEntry(e.getKey(), stat(e.getValue())))
                                .toList();
        return new Listing(
                entries.subList(0, Math.min(maxEntries, entries.size())),
                entries.size() > maxEntries);
    }

    @Override
    public void makeDirectory(String path, boolean parents) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void remove(String path, boolean recursive) {
        content.remove(path);
    }

    @Override
    public void rename(String from, String to, boolean replace) {
        throw new UnsupportedOperationException();
    }
}
