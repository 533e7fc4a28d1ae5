package dev.microsandbox.mcp.session;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files and directories that nobody but their owner may enter: they hold guests' memory. */
final class PrivateFiles {

    private static final Logger log = LoggerFactory.getLogger(PrivateFiles.class);

    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /** How names of files begin that are not yet in their place. */
    private static final String ASIDE = "new";

    private PrivateFiles() {}

    /** Makes a directory and those above it that are missing. */
    static Path directory(Path directory) throws IOException {
        return Files.createDirectories(directory, OWNER_ONLY);
    }

    /** Opens a file to write, and makes it if it is missing. */
    static FileChannel open(Path file) throws IOException {
        return FileChannel.open(
                file,
                Set.of(CREATE, WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    /** Waits until it is on the disk that a file, or a directory, is there or is not. */
    static void syncName(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file.resolveSibling(""), READ)) {
            channel.force(true);
        }
    }

    /** Writes a file: whole or not at all. It is on the disk then, in the place of an older one. */
    static void write(Path file, byte[] content) throws IOException {
        // A temporary file is readable by its owner alone from the start.
        Path aside = Files.createTempFile(file.getParent(), ASIDE, ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(aside, WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(aside, file, ATOMIC_MOVE);
            syncName(file);
        } finally {
            Files.deleteIfExists(aside);
        }
    }

    /** Whether a file was being written, or was to be, when its process ended. */
    static boolean isAside(Path file) {
        return file.getFileName().toString().startsWith(ASIDE);
    }

    /**
     * Removes a directory with all that is in it; links are removed, not followed. Somebody may
     * still be about to give up writing to it.
     */
    static void delete(Path directory) throws IOException {
        for (int again = 5; ; again--) {
            try {
                deleteNow(directory);
                return;
            } catch (DirectoryNotEmptyException e) {
                if (again == 0) {
                    throw e;
                }
            }
        }
    }

    /** As {@link #delete}, for what is of no use any more: a failure is only logged. */
    static void discard(Path directory) {
        try {
            delete(directory);
        } catch (IOException e) {
            log.warn("{} cannot be removed", directory, e);
        }
    }

    /** Why something failed, without the path on this machine, which is nobody else's business. */
    static String reason(IOException e) {
        if (e instanceof FileSystemException file) {
            return file.getReason() != null ? file.getReason() : e.getClass().getSimpleName();
        }
        return e.getMessage() != null ? e.getMessage() : e.getClass().getSimpleName();
    }

    private static void deleteNow(Path directory) throws IOException {
        try {
            Files.walkFileTree(
                    directory,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                                throws IOException {
                            Files.deleteIfExists(file);
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult postVisitDirectory(
                                Path visited, @Nullable IOException e) throws IOException {
                            if (e != null) {
                                throw e;
                            }
                            Files.deleteIfExists(visited);
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (NoSuchFileException e) {
            // It is gone already: that was the purpose.
        }
    }
}
