package dev.microsandbox.vmm.image.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;

/**
 * A file's identity, found without reading it. If a path has the same stamp twice, its file has not
 * been written to in between, unless somebody has hidden that on purpose.
 *
 * @param size in bytes
 */
public record FileStamp(long size, Instant modified, long inode) {

    public static FileStamp of(Path file) throws IOException {
        Map<String, Object> found = Files.readAttributes(file, "unix:size,lastModifiedTime,ino");
        return new FileStamp(
                number(found, "size"),
                ((FileTime) of(found, "lastModifiedTime")).toInstant(),
                number(found, "ino"));
    }

    private static long number(Map<String, Object> found, String name) {
        return ((Number) of(found, name)).longValue();
    }

    private static Object of(Map<String, Object> found, String name) {
        return Objects.requireNonNull(found.get(name), name);
    }
}
