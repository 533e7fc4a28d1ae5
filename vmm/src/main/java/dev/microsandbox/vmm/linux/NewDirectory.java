package dev.microsandbox.vmm.linux;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory that is there whole or not at all, whatever happens meanwhile: it is made aside, as
 * {@code .NAME.RANDOM.partial}, and renamed when its files are on the disk. Its owner alone can
 * read it. One of its files is written last and locked until then: what a killed process has left
 * is not, and goes when the next one begins there. Whole, it can only be read. For one thread.
 */
public final class NewDirectory implements AutoCloseable {

    private static final String SUFFIX = ".partial";

    private static final FileAttribute<?> OWNERS_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private static final FileAttribute<?> OWNERS_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    /** Nobody is to write to what is whole by accident. */
    private static final Set<PosixFilePermission> FINISHED =
            PosixFilePermissions.fromString("r--------");

    /**
     * Those that this process is making. A lock is the process's: looking whether one of these is
     * locked would end its lock.
     */
    private static final Set<Path> MINE = ConcurrentHashMap.newKeySet();

    private final Path target;
    private final Path partial;
    private final String lastFile;
    private final FileChannel last;
    private boolean committed;

    private NewDirectory(Path target, Path partial, String lastFile, FileChannel last) {
        this.target = target;
        this.partial = partial;
        this.lastFile = lastFile;
        this.last = last;
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
        Path lastPath = partial.resolve(lastFile);
        FileChannel last = null;
        NewDirectory made = null;
        MINE.add(partial);
        try {
            Files.createDirectory(partial, OWNERS_DIRECTORY);
            last = FileChannel.open(lastPath, Set.of(CREATE_NEW, WRITE), OWNERS_FILE);
            if (last.tryLock() != null && Files.exists(lastPath)) {
                made = new NewDirectory(target, partial, lastFile, last);
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
                if (last != null) {
                    last.close();
                }
                MINE.remove(partial);
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
        Files.createFile(file, OWNERS_FILE);
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.setLength(size);
        }
        return file;
    }

    /** Writes the last file and gives the directory its name; from then on it is there. */
    public void commit(byte[] content) throws IOException {
        for (Path file : contents(partial)) {
            // To open the last one here would end its lock.
            if (!file.endsWith(lastFile)) {
                sync(file);
            }
        }
        ByteBuffer bytes = ByteBuffer.wrap(content);
        while (bytes.hasRemaining()) {
            last.write(bytes);
        }
        last.force(true);
        sync(partial);
        Files.move(partial, target, ATOMIC_MOVE);
        committed = true;
        // Not earlier: others look for the lock by opening it to write.
        Files.setPosixFilePermissions(target.resolve(lastFile), FINISHED);
        sync(target.resolveSibling("."));
    }

    /** Removes what has not been committed. Idempotent. */
    @Override
    public void close() throws IOException {
        try {
            if (last.isOpen() && !committed) {
                remove(partial, lastFile);
            }
        } finally {
            last.close();
            MINE.remove(partial);
        }
    }

    private static void sweep(Path parent, String lastFile) throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(parent, ".*" + SUFFIX)) {
            for (Path partial : left) {
                if (Files.isDirectory(partial, NOFOLLOW_LINKS) && !MINE.contains(partial)) {
                    sweepOne(partial, lastFile);
                }
            }
        }
    }

    private static void sweepOne(Path partial, String lastFile) throws IOException {
        try (FileChannel last = FileChannel.open(partial.resolve(lastFile), WRITE)) {
            if (last.tryLock() != null) {
                remove(partial, lastFile);
            }
        } catch (OverlappingFileLockException e) {
            // Begun by this process since.
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
        for (Path file : contents(directory)) {
            if (Files.isDirectory(file, NOFOLLOW_LINKS)) {
                remove(file, lastFile);
            } else if (!file.endsWith(lastFile)) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(directory.resolve(lastFile));
        Files.deleteIfExists(directory);
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path)) {
            channel.force(true);
        }
    }

    private static List<Path> contents(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }
}
