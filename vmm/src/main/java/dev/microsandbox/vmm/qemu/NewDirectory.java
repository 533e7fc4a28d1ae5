package dev.microsandbox.vmm.qemu;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;

/**
 * A directory that is there whole or not at all, whatever happens meanwhile: it is made aside, as
 * {@code .NAME.partial}, and renamed when its files are on the disk. Its owner alone can read it.
 */
final class NewDirectory implements AutoCloseable {

    private final Path target;
    private final Path partial;

    private NewDirectory(Path target, Path partial) {
        this.target = target;
        this.partial = partial;
    }

    /**
     * Begins one. What an earlier attempt may have left is removed; two attempts at a time are not
     * possible.
     *
     * @throws IOException if it is there already
     */
    static NewDirectory begin(Path directory) throws IOException {
        Path target = directory.toAbsolutePath();
        if (Files.exists(target)) {
            throw new IOException("it is there already");
        }
        Path partial = target.resolveSibling("." + target.getFileName() + ".partial");
        remove(partial);
        Files.createDirectory(
                partial,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return new NewDirectory(target, partial);
    }

    /** Makes a file of that size, which is one hole. */
    Path create(String name, long size) throws IOException {
        Path file = partial.resolve(name);
        Files.createFile(
                file,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.setLength(size);
        }
        return file;
    }

    /** Gives it its name; from then on it is there. */
    void commit() throws IOException {
        for (Path file : contents(partial)) {
            sync(file);
        }
        sync(partial);
        Files.move(partial, target, ATOMIC_MOVE);
        sync(target.resolveSibling("."));
    }

    /** Removes what has not been committed. */
    @Override
    public void close() throws IOException {
        remove(partial);
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path)) {
            channel.force(true);
        }
    }

    private static void remove(Path directory) throws IOException {
        if (Files.exists(directory)) {
            for (Path file : contents(directory)) {
                Files.delete(file);
            }
            Files.delete(directory);
        }
    }

    private static List<Path> contents(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }
}
