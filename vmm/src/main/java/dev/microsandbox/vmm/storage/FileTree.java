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
 * Deletes files, and directories with everything in them. Deletes symbolic links without following
 * them. Does not enter file systems that are mounted in the tree.
 */
public final class FileTree {

    /** More than one, because a writer that is being stopped may still add files to a directory. */
    private static final int ATTEMPTS = 6;

    private FileTree() {}

    /**
     * Deletes as much of a tree as possible. Does nothing if the tree does not exist.
     *
     * @throws UndeletedException if a part of it cannot be deleted
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

        /** The paths that cannot be deleted, with the reasons. */
        private final Map<Path, IOException> left = new LinkedHashMap<>();

        private @Nullable Object device;

        /** Whether only files that were created during the walk prevented the deletion. */
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

        /**
         * Comes for example for a directory that may not be read; it can be deleted if it is empty.
         */
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
            // A directory that still contains such files cannot be deleted either. To report it
            // would add nothing.
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
