package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.OpenFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/** Says what saved machines take on the disk. */
public final class DiskUse {

    private DiskUse() {}

    /**
     * What directories of files take together, in bytes: without the files' holes, and once for a
     * file that has a name in several of them, as a layer of many snapshots has. What is removed
     * meanwhile counts or does not.
     *
     * @param directories with files alone; those that are not there take nothing
     * @throws IOException if one cannot be read
     */
    public static long of(Collection<Path> directories) throws IOException {
        Set<Object> counted = new HashSet<>();
        long bytes = 0;
        for (Path directory : directories) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
                for (Path file : files) {
                    bytes += of(file, counted);
                }
            } catch (NoSuchFileException e) {
                // Removed, or not made yet.
            }
        }
        return bytes;
    }

    private static long of(Path path, Set<Object> counted) throws IOException {
        try (OpenFile file = OpenFile.readOnly(path)) {
            if (!counted.add(Objects.requireNonNull(MemoryStamp.of(file).key()))) {
                return 0;
            }
            long bytes = 0;
            for (Extent extent : file.data()) {
                bytes += extent.length();
            }
            return bytes;
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                return 0;
            }
            throw e;
        }
    }
}
