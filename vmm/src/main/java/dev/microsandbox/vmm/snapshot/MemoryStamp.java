package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.linux.OpenFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a file is one that was checked before and has not been written to since, under
 * whatever name.
 *
 * @param key device and inode
 * @param size in bytes
 * @param modified when it was written to last
 */
record MemoryStamp(@Nullable Object key, long size, FileTime modified) {

    /** Of the open file, also where it has no name any more. */
    static MemoryStamp of(OpenFile file) throws IOException {
        Path open = Path.of("/proc/self/fd/" + file.descriptor().number());
        BasicFileAttributes found = Files.readAttributes(open, BasicFileAttributes.class);
        return new MemoryStamp(found.fileKey(), found.size(), found.lastModifiedTime());
    }
}
