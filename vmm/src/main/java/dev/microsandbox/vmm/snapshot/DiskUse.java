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

/** Measures the disk space that saved machines take. */
public final class DiskUse {

    private DiskUse() {}

    /**
     * The disk space that directories of files take together, in bytes. Holes do not count. A file
     * with names in several directories counts once, for example a layer that many snapshots share.
     * A file that is removed meanwhile may or may not count.
     *
     * @param directories that contain only files; a missing directory takes nothing
     * @throws IOException if a directory or a file cannot be read
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
                // The directory was removed, or is not made yet.
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
