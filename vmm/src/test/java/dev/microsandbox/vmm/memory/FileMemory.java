package dev.microsandbox.vmm.memory;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.OpenFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** RAM that is a copy of a file, and the hand that makes that file shorter. */
public final class FileMemory implements AutoCloseable {

    private final Path path;
    private final OpenFile file;
    private final long size;
    public final MemoryImage image;
    public final GuestMemory memory;

    private FileMemory(Path path, OpenFile file, long size) throws LinuxException {
        this.path = path;
        this.file = file;
        this.size = size;
        this.image =
                new MemoryImage(
                        size, List.of(new MemoryImage.Layer(file, List.of(new Extent(0, size)))));
        this.memory = GuestMemory.copyOf(image);
    }

    /** A copy of a new file of zeros. */
    public static FileMemory create(Path path, long size) throws LinuxException {
        return new FileMemory(path, OpenFile.create(path, 0600, size), size);
    }

    /** The offset from which on nothing is left. */
    public void truncate(long length) throws IOException {
        truncate(path, length);
    }

    /** Makes any file shorter, as somebody with the right to write to it can. */
    public static void truncate(Path path, long length) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(length);
        }
    }

    /** Makes the file as long as it was, with zeros. */
    void restore() throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.write(java.nio.ByteBuffer.wrap(new byte[1]), size - 1);
        }
    }

    @Override
    public void close() {
        memory.close();
        file.close();
    }
}
