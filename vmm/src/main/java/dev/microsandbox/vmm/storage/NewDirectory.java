package dev.microsandbox.vmm.storage;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
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
 * A directory that is there whole or not at all, whatever happens meanwhile: it is made aside, as
 * {@code .NAME.RANDOM.partial}, and renamed when its files are on the disk. Its owner alone can
 * read it. One of its files is written last and locked until then: what a killed process has left
 * is not, and goes when the next one begins there. Whole, it can only be read. For one thread.
 */
public final class NewDirectory implements AutoCloseable {

    private static final String SUFFIX = ".partial";

    /** Nobody is to write to what is whole by accident. */
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
     * Begins one, and removes what others have left beside it.
     *
     * @param lastFile name of the file that {@link #commit} writes
     * @throws FileAlreadyExistsException if it is there already
     */
    public static NewDirectory begin(Path directory, String lastFile) throws IOException {
        Path absolute = directory.toAbsolutePath();
        if (Files.exists(absolute, NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(absolute.toString());
        }
        Path parent = absolute.resolveSibling(".").toRealPath();
        Path target = parent.resolve(absolute.getFileName());
        sweep(parent, lastFile);
        // Another process may sweep between the making and the locking: then once more.
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

    /** Where it is until then: for files that are made by others. */
    public Path partial() {
        return partial;
    }

    /** Makes a file of that size, which is one hole. */
    public Path create(String name, long size) throws IOException {
        Path file = partial.resolve(name);
        Files.createFile(file, Disk.OWNERS_FILE);
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.setLength(size);
        }
        return file;
    }

    /** Writes the last file and gives the directory its name; from then on it is there. */
    public void commit(byte[] content) throws IOException {
        for (Path file : Disk.list(partial)) {
            // To open the last one here would end its lock.
            if (!file.endsWith(lastFile)) {
                Disk.syncTree(file);
            }
        }
        Disk.write(lock.channel(), content);
        Disk.sync(partial);
        Files.move(partial, target, ATOMIC_MOVE);
        committed = true;
        // Not earlier: others look for the lock by opening it to write.
        Files.setPosixFilePermissions(target.resolve(lastFile), FINISHED);
        Disk.sync(Disk.parent(target));
    }

    /** Removes what has not been committed. Idempotent. */
    @Override
    public void close() throws IOException {
        try (lock) {
            if (!committed) {
                remove(partial, lastFile);
            }
        }
    }

    /**
     * Gives a directory that was made elsewhere its name: what is in it is written through to the
     * disk first, so that it is there whole or not at all.
     *
     * @param made on the same file system; nobody writes to it any more
     * @param target where nothing is
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
            // Begun at this moment, or left so; in the first case its maker begins anew.
            try {
                Files.deleteIfExists(partial);
            } catch (DirectoryNotEmptyException notLeft) {
                // It goes next time.
            }
        } catch (AccessDeniedException e) {
            // Another user's.
        }
    }

    /** All of it, the locked file last: until then others leave it alone. */
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
