package dev.microsandbox.vmm.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * A file's identity without reading it: two equal stamps of one path mean that it was not written
 * to in between, short of someone who means to hide it.
 *
 * @param size in bytes
 */
record FileStamp(long size, Instant modified, long inode) {

    static FileStamp of(Path file) throws IOException {
        return new FileStamp(
                Files.size(file),
                Files.getLastModifiedTime(file).toInstant(),
                ((Number) Files.getAttribute(file, "unix:ino")).longValue());
    }
}
