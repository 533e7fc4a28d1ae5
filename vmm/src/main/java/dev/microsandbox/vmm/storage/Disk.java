package dev.microsandbox.vmm.storage;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** The elementary steps of a durable change. */
final class Disk {

    static final FileAttribute<Set<PosixFilePermission>> OWNERS_DIRECTORY = mode("rwx------");

    static final FileAttribute<Set<PosixFilePermission>> OWNERS_FILE = mode("rw-------");

    private Disk() {}

    private static FileAttribute<Set<PosixFilePermission>> mode(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }

    /** The directory that holds a file's entry. */
    static Path parent(Path file) {
        return Objects.requireNonNull(file.toAbsolutePath().getParent(), "the root has no parent");
    }

    /** Waits until a file's content, or a directory's entries, are on the disk. */
    static void sync(Path path) throws IOException {
        // fsync(2) needs no more than read access, and a directory cannot be opened for writing.
        try (FileChannel channel = FileChannel.open(path)) {
            channel.force(true);
        }
    }

    /** Waits until a file, or a directory with everything in it, is on the disk. */
    static void syncTree(Path tree) throws IOException {
        if (Files.isDirectory(tree, NOFOLLOW_LINKS)) {
            for (Path path : list(tree)) {
                syncTree(path);
            }
            sync(tree);
        } else if (Files.isRegularFile(tree, NOFOLLOW_LINKS)) {
            sync(tree);
        }
    }

    /**
     * Renames within one file system. Both the new name and the removal of the old one are durable.
     */
    static void rename(Path from, Path to) throws IOException {
        Files.move(from, to, ATOMIC_MOVE);
        sync(parent(to));
        if (!parent(from).equals(parent(to))) {
            sync(parent(from));
        }
    }

    /** Writes the content and waits until it is on the disk. */
    static void write(FileChannel channel, byte[] content) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(content);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        channel.force(true);
    }

    static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }
}
