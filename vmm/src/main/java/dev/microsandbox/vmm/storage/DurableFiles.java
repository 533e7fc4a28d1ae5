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
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * Changes to files and directory entries that are on the disk when the method returns. Safe for
 * concurrent use by threads and by processes.
 */
public final class DurableFiles {

    private static final String SUFFIX = ".new";

    /**
     * The temporary name of a file that is being written: the target's name between two dots, then
     * a random number and a suffix.
     */
    private static final Pattern ASIDE =
            Pattern.compile("\\..+\\.[0-9a-f]{16}" + Pattern.quote(SUFFIX), Pattern.DOTALL);

    private static final Set<PosixFilePermission> OWNERS =
            PosixFilePermissions.fromString("rw-------");

    private DurableFiles() {}

    /**
     * Writes a file that only its owner can read, and replaces an older one. At every moment,
     * either the old or the new file is there, complete.
     *
     * @throws IOException if it cannot be written; the old file may still be there
     */
    public static void replace(Path file, byte[] content) throws IOException {
        replace(file, content, OWNERS);
    }

    /**
     * Like {@link #replace(Path, byte[])}, with other permissions.
     *
     * @throws IOException if it cannot be written; the old file may still be there
     */
    public static void replace(Path file, byte[] content, Set<PosixFilePermission> permissions)
            throws IOException {
        sweep(Disk.parent(file));
        // Another process may sweep the file away between its creation and its locking. Then try
        // again.
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
        // With its permissions, because a confined server may not change those of a file.
        // To be locked, it has to be writable.
        Set<PosixFilePermission> first = EnumSet.of(PosixFilePermission.OWNER_WRITE);
        first.addAll(permissions);
        Files.createFile(aside, PosixFilePermissions.asFileAttribute(first));
        try (LockFile lock = LockFile.tryExclusive(aside, Duration.ZERO).orElse(null)) {
            if (lock == null) {
                return false;
            }
            try {
                // The umask may have left some out.
                if (!permissions.equals(Files.getPosixFilePermissions(aside))) {
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
     * Removes the temporary files that killed processes have left in a directory. The next {@link
     * #replace} in that directory does so too.
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
            // The file has its final name by now, or belongs to another user.
        }
    }

    /**
     * Deletes a file.
     *
     * @return whether it existed
     */
    public static boolean delete(Path file) throws IOException {
        boolean deleted = Files.deleteIfExists(file);
        if (deleted) {
            Disk.sync(Disk.parent(file));
        }
        return deleted;
    }

    /**
     * Renames a file or a directory within one file system. This does not sync its content; {@link
     * NewDirectory#publish} does.
     */
    public static void rename(Path from, Path to) throws IOException {
        Disk.rename(from, to);
    }

    /** Waits until the creation, renaming or deletion of a file or a directory is on the disk. */
    public static void syncName(Path file) throws IOException {
        Disk.sync(Disk.parent(file));
    }

    /** Creates a directory and its missing parents, accessible only to their owner. */
    public static Path createPrivateDirectories(Path directory) throws IOException {
        return createDirectories(directory, Disk.OWNERS_DIRECTORY);
    }

    /** Creates a directory and its missing parents. */
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
            // A process may be allowed to create a directory in a parent that it may not read.
        }
    }
}
