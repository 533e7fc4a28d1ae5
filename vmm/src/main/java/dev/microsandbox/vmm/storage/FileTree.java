package dev.microsandbox.vmm.storage;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Deletes files, and directories with all that is in them. Symbolic links are deleted and not
 * followed; what is mounted below is left alone.
 */
public final class FileTree {

    /** Somebody may still be about to give up writing to a directory. */
    private static final int ATTEMPTS = 6;

    private FileTree() {}

    /**
     * Deletes a tree, as much of it as can be. Nothing happens if there is none.
     *
     * @throws UndeletedException if something of it cannot be deleted
     */
    public static void delete(Path tree) throws IOException {
        for (int attempt = 1; ; attempt++) {
            Deletion deletion = new Deletion();
            Files.walkFileTree(tree, deletion);
            if (deletion.left.isEmpty()) {
                return;
            }
            if (attempt == ATTEMPTS || !deletion.onlyGrew()) {
                throw new UndeletedException(tree, deletion.left);
            }
        }
    }

    /** One walk through a tree. */
    private static final class Deletion extends SimpleFileVisitor<Path> {

        /** What cannot be deleted, with the reasons. */
        private final Map<Path, IOException> left = new LinkedHashMap<>();

        private @Nullable Object device;

        /** Whether nothing was in the way but files that were made meanwhile. */
        boolean onlyGrew() {
            return left.values().stream().allMatch(DirectoryNotEmptyException.class::isInstance);
        }

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                throws IOException {
            Object here;
            try {
                here = Files.getAttribute(directory, "unix:dev", NOFOLLOW_LINKS);
            } catch (NoSuchFileException e) {
                return FileVisitResult.SKIP_SUBTREE;
            }
            if (device == null) {
                device = here;
            }
            if (here.equals(device)) {
                return FileVisitResult.CONTINUE;
            }
            left.put(directory, new IOException("a file system is mounted there"));
            return FileVisitResult.SKIP_SUBTREE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            return delete(file);
        }

        /** As for a directory that must not be read: it may be empty. */
        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) {
            if (!(failure instanceof NoSuchFileException)) {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException e) {
                    left.put(file, failure);
                }
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) {
            // One that has such files in it cannot go either, which says nothing new.
            if (left.keySet().stream().noneMatch(path -> path.startsWith(directory))) {
                FileVisitResult _ = delete(directory);
            }
            return FileVisitResult.CONTINUE;
        }

        private FileVisitResult delete(Path path) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                left.put(path, e);
            }
            return FileVisitResult.CONTINUE;
        }
    }
}
