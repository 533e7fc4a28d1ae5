package dev.microsandbox.vmm.storage;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Creates a directory that appears complete or not at all, even after a crash. It is built under
 * the temporary name {@code .NAME.RANDOM.partial} and renamed when its files are on the disk. Only
 * its owner can read it. One of its files is written last and locked until then. What a killed
 * process leaves behind is not locked, and is removed when the next directory is begun beside it.
 * The last file of a complete directory is read-only, where this process may change rights. For use
 * by one thread.
 */
public final class NewDirectory implements AutoCloseable {

    private static final String SUFFIX = ".partial";

    /** Read-only, so that nobody writes to a complete directory's last file by accident. */
    private static final Set<PosixFilePermission> FINISHED =
            PosixFilePermissions.fromString("r--------");

    private final Path target;
    private final Path partial;
    private final String lastFile;
    private final LockFile lock;
    private boolean committed;

    private NewDirectory(Path target, Path partial, String lastFile, LockFile lock) {
        this.target = target;
        this.partial = partial;
        this.lastFile = lastFile;
        this.lock = lock;
    }

    /**
     * Begins a directory, and removes what killed processes have left beside it.
     *
     * @param lastFile name of the file that {@link #commit} writes
     * @throws FileAlreadyExistsException if the directory exists already
     */
    public static NewDirectory begin(Path directory, String lastFile) throws IOException {
        Path absolute = directory.toAbsolutePath();
        if (Files.exists(absolute, NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(absolute.toString());
        }
        Path parent = absolute.resolveSibling(".").toRealPath();
        Path target = parent.resolve(absolute.getFileName());
        sweep(parent, lastFile);
        // Another process may sweep the directory away between its creation and its locking. Then
        // try again.
        for (int again = 10; ; again--) {
            NewDirectory made = tryBegin(target, lastFile);
            if (made != null) {
                return made;
            }
            if (again == 0) {
                throw new IOException("others keep removing what is begun in " + parent);
            }
        }
    }

    private static @Nullable NewDirectory tryBegin(Path target, String lastFile)
            throws IOException {
        String unique = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        Path partial = target.resolveSibling("." + target.getFileName() + "." + unique + SUFFIX);
        NewDirectory made = null;
        try {
            Files.createDirectory(partial, Disk.OWNERS_DIRECTORY);
            Optional<LockFile> lock =
                    LockFile.tryExclusive(partial.resolve(lastFile), Duration.ZERO);
            if (lock.isPresent()) {
                made = new NewDirectory(target, partial, lastFile, lock.get());
            }
            return made;
        } catch (NoSuchFileException e) {
            if (!Files.isDirectory(target.resolveSibling("."))) {
                throw e;
            }
            return null;
        } finally {
            if (made == null) {
                remove(partial, lastFile);
            }
        }
    }

    /**
     * The temporary place of the directory until {@link #commit}, for code that writes files there
     * itself.
     */
    public Path partial() {
        return partial;
    }

    /** Creates a file of the given size that consists of one hole. */
    public Path create(String name, long size) throws IOException {
        Path file = partial.resolve(name);
        Files.createFile(file, Disk.OWNERS_FILE);
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.setLength(size);
        }
        return file;
    }

    /**
     * Writes the last file and gives the directory its final name. From then on the directory
     * exists.
     */
    public void commit(byte[] content) throws IOException {
        for (Path file : Disk.list(partial)) {
            // To open and close the last file here would release its lock.
            if (!file.endsWith(lastFile)) {
                Disk.syncTree(file);
            }
        }
        Disk.write(lock.channel(), content);
        Disk.sync(partial);
        Files.move(partial, target, ATOMIC_MOVE);
        committed = true;
        // Not earlier, because others test the lock by opening the file for writing.
        protect(target.resolve(lastFile));
        Disk.sync(Disk.parent(target));
    }

    private static void protect(Path file) throws IOException {
        try {
            Files.setPosixFilePermissions(file, FINISHED);
        } catch (FileSystemException e) {
            // A confined server may not change a file's rights. It is complete all the same.
            return;
        }
    }

    /** Removes the directory unless it was committed. Idempotent. */
    @Override
    public void close() throws IOException {
        try (lock) {
            if (!committed) {
                remove(partial, lastFile);
            }
        }
    }

    /**
     * Gives a directory that was made elsewhere its final name. Syncs its content to the disk
     * first, so that it appears complete or not at all.
     *
     * @param made a directory on the same file system, to which nobody writes any more
     * @param target where nothing exists
     */
    public static void publish(Path made, Path target) throws IOException {
        Disk.syncTree(made);
        Disk.rename(made, target);
    }

    private static void sweep(Path parent, String lastFile) throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(parent, ".*" + SUFFIX)) {
            for (Path partial : left) {
                if (Files.isDirectory(partial, NOFOLLOW_LINKS)) {
                    sweepOne(partial, lastFile);
                }
            }
        }
    }

    private static void sweepOne(Path partial, String lastFile) throws IOException {
        try (LockFile lock = LockFile.tryExisting(partial.resolve(lastFile)).orElse(null)) {
            if (lock != null) {
                remove(partial, lastFile);
            }
        } catch (NoSuchFileException e) {
            // Either it is being begun at this moment, or its maker was killed before it made the
            // file. In the first case the maker begins again.
            try {
                Files.deleteIfExists(partial);
            } catch (DirectoryNotEmptyException notLeft) {
                // The next sweep removes it.
            }
        } catch (AccessDeniedException e) {
            // It belongs to another user.
        }
    }

    /** Removes all of it, the locked file last. Until then others leave the directory alone. */
    private static void remove(Path directory, String lastFile) throws IOException {
        if (!Files.isDirectory(directory, NOFOLLOW_LINKS)) {
            return;
        }
        for (Path file : Disk.list(directory)) {
            if (!file.endsWith(lastFile)) {
                FileTree.delete(file);
            }
        }
        FileTree.delete(directory);
    }
}
