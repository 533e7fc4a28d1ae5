package dev.microsandbox.vmm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.state.StateWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Directories that are snapshots, and directories that are not: unfinished, damaged, or made
 * elsewhere.
 */
@Timeout(60)
class SnapshotTest extends SnapshotFixture {

    @Test
    void whatWasSavedIsFound() throws Exception {
        MachineState state = States.state(2);
        try (SnapshotWriter writer = SnapshotWriter.begin(directory, States.HERE, SIZE)) {
            writer.take(memory, state);
            assertThat(directory).doesNotExist();
            writer.finish();
        }
        Snapshot snapshot = open();
        assertThat(snapshot.memory().layers()).hasSize(1);
        assertThat(snapshot.memory().layers().getFirst().extents()).isNotEmpty();
        assertThat(snapshot.requirements()).isEqualTo(States.HERE);
        assertThat(snapshot.state().windows()).isEqualTo(state.windows());
        StateWriter expected = new StateWriter();
        state.write(expected);
        StateWriter found = new StateWriter();
        snapshot.state().write(found);
        assertThat(found.toBytes()).isEqualTo(expected.toBytes());
        try (GuestMemory copy = GuestMemory.copyOf(snapshot.memory())) {
            assertThat(copy.u64(0x1000)).isEqualTo(0x1122);
            assertThat(copy.u64(SIZE - 8)).isEqualTo(0x3344);
        }
        assertThat(Files.getPosixFilePermissions(directory))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        for (String name : List.of("state", "memory.0")) {
            assertThat(Files.getPosixFilePermissions(directory.resolve(name)))
                    .isEqualTo(PosixFilePermissions.fromString("r--------"));
        }
    }

    /** A copy of its memory stays intact when the files are deleted. */
    @Test
    void deletingASnapshotLeavesItsMachinesAlone() throws Exception {
        save();
        GuestMemory copy;
        try (Snapshot snapshot = Snapshot.open(directory, States.HERE)) {
            copy = keep(GuestMemory.copyOf(snapshot.memory()));
        }
        Files.delete(directory.resolve("memory.0"));
        copy.putU64(0x1000, 1);
        copy.resetTo(Objects.requireNonNull(copy.image()));
        assertThat(copy.u64(0x1000)).isEqualTo(0x1122);
    }

    @Test
    void whatIsNotFinishedLeavesNothing() throws Exception {
        try (SnapshotWriter writer = SnapshotWriter.begin(directory, States.HERE, SIZE)) {
            writer.take(memory, States.state(1));
        }
        try (Stream<Path> left = Files.list(parent)) {
            assertThat(left).isEmpty();
        }
        assertRefused("it does not exist");
    }

    /** A crash leaves only a hidden directory, which is refused as a snapshot, at each step. */
    @Test
    void whatACrashLeavesIsHiddenAndRefused() throws Exception {
        SnapshotWriter writer = keep(SnapshotWriter.begin(directory, States.HERE, SIZE));
        assertOnlyPartial();
        writer.take(memory, States.state(1));
        assertOnlyPartial();
        assertRefused("it does not exist");
    }

    private void assertOnlyPartial() throws IOException {
        try (Stream<Path> left = Files.list(parent)) {
            assertThat(left)
                    .singleElement()
                    .satisfies(
                            path -> {
                                assertThat(path.getFileName().toString())
                                        .startsWith(".one.")
                                        .endsWith(".partial");
                                assertThat(path.resolve("state")).isEmptyFile();
                                assertThatExceptionOfType(SnapshotException.class)
                                        .isThrownBy(() -> Snapshot.open(path, States.HERE).close())
                                        .withMessageContaining("it was not finished");
                            });
        }
    }

    @Test
    void nothingIsOverwritten() throws Exception {
        save();
        assertThatExceptionOfType(FileAlreadyExistsException.class).isThrownBy(this::save);
        open();
        // Two writers begin before either finishes: the second fails and removes nothing.
        Path two = parent.resolve("two");
        try (SnapshotWriter first = SnapshotWriter.begin(two, States.HERE, SIZE);
                SnapshotWriter second = SnapshotWriter.begin(two, States.HERE, SIZE)) {
            first.take(memory, States.state(1));
            second.take(memory, States.state(2));
            first.finish();
            assertThatExceptionOfType(IOException.class).isThrownBy(second::finish);
        }
        assertThat(keep(Snapshot.open(two, States.HERE)).state().vcpus()).hasSize(1);
        try (Stream<Path> left = Files.list(parent)) {
            assertThat(left).hasSize(2);
        }
    }

    @Test
    void anyDamagedByteOfTheStateIsFound() throws Exception {
        save();
        byte[] state = Files.readAllBytes(directory.resolve("state"));
        for (int i = 0; i < state.length; i++) {
            state[i] ^= 0x10;
            change("state", state);
            assertRefused(i < 8 ? "is none" : i < 12 ? "it has format" : "is damaged");
            state[i] ^= 0x10;
        }
        change("state", state);
        open();
    }

    @Test
    void aStateThatEndsEarlyIsRefused() throws Exception {
        save();
        byte[] state = Files.readAllBytes(directory.resolve("state"));
        for (int length = 0; length < state.length; length += length < 100 ? 1 : 37) {
            change("state", Arrays.copyOf(state, length));
            assertRefused("its file 'state' is");
        }
        change("state", Arrays.copyOf(state, state.length + 1));
        assertRefused("is damaged");
    }

    @Test
    void damagedMemoryIsRefused() throws Exception {
        save();
        byte[] content = Files.readAllBytes(directory.resolve("memory.0"));
        content[0x1001] ^= 1;
        change("memory.0", content);
        assertRefused("its file 'memory.0' is damaged: its bytes from 0 on");
        content[0x1001] ^= 1;
        content[700_000] = 1; // in a range of zeros
        change("memory.0", content);
        assertRefused("its file 'memory.0' is damaged: its bytes from 524288 on");
        change("memory.0", Arrays.copyOf(content, content.length - 4096));
        assertRefused("it has 2093056 bytes and not 2097152");
    }

    @Test
    void aMissingFileIsNamed() throws Exception {
        assertRefused("it does not exist");
        save();
        Files.delete(directory.resolve("memory.0"));
        assertRefused("it has no file 'memory.0'");
        Files.delete(directory.resolve("state"));
        assertRefused("it has no file 'state'");
    }

    @Test
    void anotherFormatIsRefused() throws Exception {
        save();
        byte[] state = Files.readAllBytes(directory.resolve("state"));
        ByteBuffer.wrap(state).putInt(8, 1);
        change("state", state);
        assertRefused("it has format 1 and this program reads format 2; make a new one");
    }

    @Test
    void anotherKernelRootfsOrProcessorIsRefused() throws Exception {
        save();
        assertRefused(
                new Requirements(States.HERE.features(), "kernel2", "rootfs"),
                "another guest kernel (SHA-256 kernel, not kernel2)");
        assertRefused(
                new Requirements(States.HERE.features(), "kernel", "rootfs2"),
                "another root file system (SHA-256 rootfs, not rootfs2)");
        assertRefused(
                States.requirements(0x1235),
                "another processor or KVM (CPUID leaf 1.0 ecx is 0x00001234 there and 0x00001235"
                        + " here)");
    }

    @Test
    void aMemoryOfAnotherSizeIsNotTaken() throws Exception {
        try (SnapshotWriter writer = SnapshotWriter.begin(directory, States.HERE, 4096)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> writer.take(memory, States.state(1)));
        }
    }
}
