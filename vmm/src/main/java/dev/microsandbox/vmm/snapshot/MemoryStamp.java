package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.linux.OpenFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * Identifies a file's content without reading it: a file with the same stamp is the same file and
 * has not been written to since, whatever its name.
 *
 * @param key device and inode
 * @param size in bytes
 * @param modified time of the last write
 */
record MemoryStamp(@Nullable Object key, long size, FileTime modified) {

    /** The stamp of an open file, which need not have a name any more. */
    static MemoryStamp of(OpenFile file) throws IOException {
        Path open = Path.of("/proc/self/fd/" + file.descriptor().number());
        BasicFileAttributes found = Files.readAttributes(open, BasicFileAttributes.class);
        return new MemoryStamp(found.fileKey(), found.size(), found.lastModifiedTime());
    }
}
