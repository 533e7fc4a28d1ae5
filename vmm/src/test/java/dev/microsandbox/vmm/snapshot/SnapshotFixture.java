package dev.microsandbox.vmm.snapshot;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microsandbox.vmm.memory.GuestMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A guest memory, and the directory of a snapshot of it. Needs no KVM. */
@SuppressWarnings("NullAway.Init") // made before each test
abstract class SnapshotFixture {

    static final long SIZE = 2 << 20;

    @TempDir Path parent;

    private final List<AutoCloseable> open = new ArrayList<>();

    /** Of the snapshot. */
    Path directory;

    GuestMemory memory;

    @BeforeEach
    void create() throws Exception {
        directory = parent.resolve("one");
        memory = keep(GuestMemory.allocate(SIZE));
        memory.putU64(0x1000, 0x1122);
        memory.putU64(SIZE - 8, 0x3344);
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
    }

    <T extends AutoCloseable> T keep(T one) {
        open.add(one);
        return one;
    }

    void save() throws IOException {
        save(directory, memory, States.state(2));
    }

    static void save(Path directory, GuestMemory memory, MachineState state) throws IOException {
        try (SnapshotWriter writer = SnapshotWriter.begin(directory, States.HERE, memory.size())) {
            writer.take(memory, state);
            writer.finish();
        }
    }

    Snapshot open() throws IOException {
        return keep(Snapshot.open(directory, States.HERE));
    }

    void assertRefused(String reason) {
        assertRefused(States.HERE, reason);
    }

    void assertRefused(Requirements here, String reason) {
        assertThatExceptionOfType(SnapshotException.class)
                .isThrownBy(() -> Snapshot.open(directory, here).close())
                .withMessageStartingWith("The snapshot " + directory + " cannot be used: ")
                .withMessageContaining(reason);
    }

    void change(String name, byte[] content) throws IOException {
        Path file = directory.resolve(name);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Files.write(file, content);
    }

    static void deleteAll(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
