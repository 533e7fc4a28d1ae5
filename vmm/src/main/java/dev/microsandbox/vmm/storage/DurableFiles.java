package dev.microsandbox.vmm.storage;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * Changes of files and names that are on the disk when a method returns. Thread-safe, also among
 * processes.
 */
public final class DurableFiles {

    private static final String SUFFIX = ".new";

    /** The name of a file that is being written: that of the other, between two dots, and more. */
    private static final Pattern ASIDE =
            Pattern.compile("\\..+\\.[0-9a-f]{16}" + Pattern.quote(SUFFIX), Pattern.DOTALL);

    private static final Set<PosixFilePermission> OWNERS =
            PosixFilePermissions.fromString("rw-------");

    private DurableFiles() {}

    /**
     * Writes a file that its owner alone can read, in the place of an older one: at every moment,
     * the older one or the new one is there, whole.
     *
     * @throws IOException if it cannot be written; what was there may be there still
     */
    public static void replace(Path file, byte[] content) throws IOException {
        replace(file, content, OWNERS);
    }

    /**
     * As {@link #replace(Path, byte[])}, with other permissions.
     *
     * @throws IOException if it cannot be written; what was there may be there still
     */
    public static void replace(Path file, byte[] content, Set<PosixFilePermission> permissions)
            throws IOException {
        sweep(Disk.parent(file));
        // Another process may sweep between the making and the locking: then once more.
        for (int again = 10; !tryReplace(file, content, permissions); again--) {
            if (again == 0) {
                throw new IOException("others keep removing what is written to replace " + file);
            }
        }
    }

    private static boolean tryReplace(
            Path file, byte[] content, Set<PosixFilePermission> permissions) throws IOException {
        String unique = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        Path aside = file.resolveSibling("." + file.getFileName() + "." + unique + SUFFIX);
        try (LockFile lock = LockFile.tryExclusive(aside, Duration.ZERO).orElse(null)) {
            if (lock == null) {
                return false;
            }
            try {
                if (!permissions.equals(OWNERS)) {
                    Files.setPosixFilePermissions(aside, permissions);
                }
                Disk.write(lock.channel(), content);
                Disk.rename(aside, file);
            } finally {
                Files.deleteIfExists(aside);
            }
            return true;
        }
    }

    /**
     * Removes what killed processes have left of files that they were writing to a directory. The
     * next {@link #replace} in it does that too.
     */
    public static void sweep(Path directory) throws IOException {
        try (DirectoryStream<Path> left =
                Files.newDirectoryStream(directory, DurableFiles::isAside)) {
            for (Path path : left) {
                sweepOne(path);
            }
        }
    }

    private static boolean isAside(Path path) {
        return ASIDE.matcher(path.getFileName().toString()).matches();
    }

    private static void sweepOne(Path path) throws IOException {
        try (LockFile lock = LockFile.tryExisting(path).orElse(null)) {
            if (lock != null) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException | AccessDeniedException e) {
            // It has its name by now, or is another user's.
        }
    }

    /**
     * Deletes a file.
     *
     * @return whether it was there
     */
    public static boolean delete(Path file) throws IOException {
        boolean deleted = Files.deleteIfExists(file);
        if (deleted) {
            Disk.sync(Disk.parent(file));
        }
        return deleted;
    }

    /**
     * Renames a file or a directory, within one file system. What is in it is not written through:
     * {@link NewDirectory#publish} does that.
     */
    public static void rename(Path from, Path to) throws IOException {
        Disk.rename(from, to);
    }

    /** Waits until it is on the disk that a file, or a directory, has its name or is not there. */
    public static void syncName(Path file) throws IOException {
        Disk.sync(Disk.parent(file));
    }

    /** Makes a directory, and those above it that are missing, for their owner alone. */
    public static Path createPrivateDirectories(Path directory) throws IOException {
        return createDirectories(directory, Disk.OWNERS_DIRECTORY);
    }

    /** Makes a directory, and those above it that are missing. */
    public static Path createDirectories(Path directory, FileAttribute<?>... attributes)
            throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        Path existing = directory.toAbsolutePath();
        while (!Files.isDirectory(existing)) {
            missing.push(existing);
            existing = Disk.parent(existing);
        }
        for (Path each : missing) {
            try {
                Files.createDirectory(each, attributes);
            } catch (FileAlreadyExistsException e) {
                if (!Files.isDirectory(each)) {
                    throw e;
                }
            }
            syncParent(each);
        }
        return directory;
    }

    private static void syncParent(Path directory) throws IOException {
        try {
            Disk.sync(Disk.parent(directory));
        } catch (AccessDeniedException e) {
            // One may be allowed to make a directory where one is not allowed to look.
        }
    }
}
