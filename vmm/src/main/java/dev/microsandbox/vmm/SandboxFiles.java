package dev.microsandbox.vmm;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * A guest's files, seen as user {@code sandbox}. All paths are resolved in the guest; relative ones
 * from {@code /workspace}. Failures of the guest's kernel arrive as {@link GuestException} with its
 * {@code errno}.
 *
 * <p>A guest's names are any bytes: those that are not UTF-8 are the characters U+DC80 to U+DCFF,
 * in paths that are given and in those that come back ({@link PathBytes}). {@link ExecRequest}'s
 * arguments and directory are read likewise.
 *
 * <p>Thread-safe.
 */
public interface SandboxFiles {

    /** Read to the end of the file. */
    long TO_END = -1L;

    /**
     * Copies a file's bytes to {@code sink}.
     *
     * @param length bytes to read, fewer at the file's end; {@link #TO_END} for all
     * @throws IOException if {@code sink} fails; the transfer is then cancelled
     */
    FileStat read(String path, long offset, long length, OutputStream sink)
            throws IOException, InterruptedException;

    /**
     * Writes a file from {@code source}'s bytes, keeping an existing one's mode, owner and
     * attributes. Unless {@link WriteOptions#append}, a reader sees the old content or all of the
     * new, never a part; but a file that nothing can be put in the place of (another user's, in
     * somebody else's directory, a mount point, of {@code /proc}) is written over.
     *
     * @throws IOException if {@code source} fails; the file is then untouched, as it is where the
     *     disk is full
     */
    FileStat write(String path, InputStream source, WriteOptions options)
            throws IOException, InterruptedException;

    /** Facts about a file; {@code follow} looks through symbolic links. */
    FileStat stat(String path, boolean follow) throws InterruptedException;

    /**
     * A directory's entries down to {@code depth} levels, parents first, in byte order of names.
     */
    Listing list(String path, int depth, int maxEntries) throws InterruptedException;

    /** Makes a directory; with {@code parents}, those missing too, and an existing one is fine. */
    void makeDirectory(String path, boolean parents) throws InterruptedException;

    /** Removes a file or an empty directory; with {@code recursive}, a whole tree. */
    void remove(String path, boolean recursive) throws InterruptedException;

    /** Renames; without {@code replace} an existing target is an error. */
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
     * @param truncated whether there were more than asked for
     */
    record Listing(List<FileEntry> entries, boolean truncated) {
        public Listing {
            entries = List.copyOf(entries);
        }
    }
}
