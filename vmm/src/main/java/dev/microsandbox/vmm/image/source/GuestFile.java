package dev.microsandbox.vmm.image.source;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;

/**
 * A source file of an asset.
 *
 * @param path relative, separated by slashes
 * @param executable mode 0755; otherwise 0644
 */
public record GuestFile(String path, boolean executable, byte[] content) {

    private static final Set<PosixFilePermission> EXECUTABLE =
            PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Set<PosixFilePermission> PLAIN =
            PosixFilePermissions.fromString("rw-r--r--");

    public static GuestFile text(String path, String content) {
        return new GuestFile(path, false, content.getBytes(StandardCharsets.UTF_8));
    }

    int mode() {
        return executable ? 0755 : 0644;
    }

    /** Writes the file below {@code directory} and creates missing directories in between. */
    public void writeTo(Path directory) throws IOException {
        Path target = directory.resolve(path);
        Files.createDirectories(Objects.requireNonNull(target.getParent()));
        Files.write(target, content);
        // The umask must not influence an asset.
        Files.setPosixFilePermissions(target, executable ? EXECUTABLE : PLAIN);
    }
}
