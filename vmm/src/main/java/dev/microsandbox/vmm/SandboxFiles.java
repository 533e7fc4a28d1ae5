package dev.microsandbox.vmm;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * A guest's files, accessed as user {@code sandbox}. The guest resolves all paths; relative ones
 * start at {@code /workspace}. An error of the guest's kernel becomes a {@link GuestException} with
 * its {@code errno}.
 *
 * <p>File names in a guest may be any bytes. In the paths of arguments and results, the characters
 * U+DC80 to U+DCFF stand for bytes that are not UTF-8 ({@link PathBytes}). This also holds for
 * {@link ExecRequest}'s arguments and directory.
 *
 * <p>Thread-safe.
 */
public interface SandboxFiles {

    /** Read to the end of the file. */
    long TO_END = -1L;

    /**
     * Copies a file's bytes to {@code sink}.
     *
     * @param length the most bytes to read; {@link #TO_END} for all
     * @throws IOException if {@code sink} fails; the transfer is then cancelled
     */
    FileStat read(String path, long offset, long length, OutputStream sink)
            throws IOException, InterruptedException;

    /**
     * Writes a file from {@code source}'s bytes, and keeps an existing file's mode, owner and
     * attributes. Unless {@link WriteOptions#append} is set, a reader sees either the old content
     * or all of the new. The exception is a file that cannot be replaced (another user's, in
     * another user's directory, a mount point, in {@code /proc}): it is overwritten in place.
     *
     * @throws IOException if {@code source} fails; the file is then unchanged, as it is if the disk
     *     is full
     */
    FileStat write(String path, InputStream source, WriteOptions options)
            throws IOException, InterruptedException;

    /** Facts about a file. With {@code follow}, symbolic links are followed. */
    FileStat stat(String path, boolean follow) throws InterruptedException;

    /**
     * Lists a directory's entries down to {@code depth} levels, parents first, in byte order of
     * names.
     */
    Listing list(String path, int depth, int maxEntries) throws InterruptedException;

    /**
     * Makes a directory. With {@code parents}, also makes missing parents, and an existing
     * directory is not an error.
     */
    void makeDirectory(String path, boolean parents) throws InterruptedException;

    /** Removes a file or an empty directory. With {@code recursive}, removes a whole tree. */
    void remove(String path, boolean recursive) throws InterruptedException;

    /** Renames a file or a directory. Without {@code replace}, an existing target is an error. */
    void rename(String from, String to, boolean replace) throws InterruptedException;

    /**
     * How to write.
     *
     * @param mode permission bits of a new file, for example {@code 0644}
     * @param append add to the end instead of replacing the content
     * @param makeParents make missing parent directories
     * @param mustBeNew fail with {@code EEXIST} if the path exists
     */
    record WriteOptions(int mode, boolean append, boolean makeParents, boolean mustBeNew) {
        /** Replace or create, mode 0644, making parents. */
        public static final WriteOptions REPLACE = new WriteOptions(0644, false, true, false);

        /** Append or create, mode 0644, making parents. */
        public static final WriteOptions APPEND = new WriteOptions(0644, true, true, false);
    }

    /**
     * A directory's entries.
     *
     * @param truncated whether there were more entries than requested
     */
    record Listing(List<FileEntry> entries, boolean truncated) {
        public Listing {
            entries = List.copyOf(entries);
        }
    }
}
