package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.memory.GuestMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;

/** A template that workers of other users may read, for tests of other packages. */
public final class TemplateFixture {

    private TemplateFixture() {}

    /** Saves a small one, and returns its place. */
    public static Path save(Path directory) throws IOException {
        Path parent = Files.createDirectories(directory.resolveSibling("."));
        Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (GuestMemory memory = GuestMemory.allocate(SnapshotFixture.SIZE)) {
            memory.putU64(0x1000, 0x1122);
            SnapshotFixture.save(directory, memory, States.state(1));
        }
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
            }
        }
        return directory;
    }
}
