package dev.microsandbox.vmm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.memory.MemoryImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Directories that are snapshots, and such that are not. Needs no KVM. */
@Timeout(60)
@SuppressWarnings("NullAway.Init") // made before each test
class SnapshotTest {

    private static final long SIZE = 2 << 20;

    @TempDir Path parent;

    private final List<AutoCloseable> open = new ArrayList<>();
    private Path directory;
    private GuestMemory memory;

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

    private <T extends AutoCloseable> T keep(T one) {
        open.add(one);
        return one;
    }

    private void save() throws IOException {
        save(directory, memory, States.state(2));
    }

    private static void save(Path directory, GuestMemory memory, MachineState state)
            throws IOException {
        try (SnapshotWriter writer = SnapshotWriter.begin(directory, States.HERE, memory.size())) {
            writer.take(memory, state);
            String _ = writer.finish();
        }
    }

    private Snapshot open() throws IOException {
        return keep(Snapshot.open(directory, States.HERE));
    }

    private void assertRefused(String reason) {
        assertRefused(States.HERE, reason);
    }

    private void assertRefused(Requirements here, String reason) {
        assertRefused(directory, here, reason);
    }

    private static void assertRefused(Path directory, String reason) {
        assertRefused(directory, States.HERE, reason);
    }

    private static void assertRefused(Path directory, Requirements here, String reason) {
        assertThatExceptionOfType(SnapshotException.class)
                .isThrownBy(() -> Snapshot.open(directory, here).close())
                .withMessageStartingWith("The snapshot " + directory + " cannot be used: ")
                .withMessageContaining(reason);
    }

    private void change(String name, byte[] content) throws IOException {
        Path file = directory.resolve(name);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Files.write(file, content);
    }

    @Test
    void whatWasSavedIsFound() throws Exception {
        MachineState state = States.state(2);
        String id;
        try (SnapshotWriter writer = SnapshotWriter.begin(directory, States.HERE, SIZE)) {
            writer.take(memory, state);
            assertThat(directory).doesNotExist();
            id = writer.finish();
        }
        Snapshot snapshot = open();
        assertThat(snapshot.id()).isEqualTo(id).hasSize(64);
        assertThat(snapshot.whole()).isSameAs(snapshot);
        assertThat(snapshot.requirements()).isEqualTo(States.HERE);
        assertThat(snapshot.state().windows()).isEqualTo(state.windows());
        StateWriter expected = new StateWriter();
        MachineStateCodec.write(state, expected);
        StateWriter found = new StateWriter();
        MachineStateCodec.write(snapshot.state(), found);
        assertThat(found.toBytes()).isEqualTo(expected.toBytes());
        try (GuestMemory copy = GuestMemory.copyOf(snapshot.memory())) {
            assertThat(copy.u64(0x1000)).isEqualTo(0x1122);
            assertThat(copy.u64(SIZE - 8)).isEqualTo(0x3344);
        }
        assertThat(Files.getPosixFilePermissions(directory))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        for (String name : List.of("state", "memory")) {
            assertThat(Files.getPosixFilePermissions(directory.resolve(name)))
                    .isEqualTo(PosixFilePermissions.fromString("r--------"));
        }
    }

    /** What was made of it lives on when its files are deleted. */
    @Test
    void deletingASnapshotLeavesItsMachinesAlone() throws Exception {
        save();
        GuestMemory copy;
        try (Snapshot snapshot = Snapshot.open(directory, States.HERE)) {
            copy = keep(GuestMemory.copyOf(snapshot.memory()));
        }
        Files.delete(directory.resolve("memory"));
        copy.putU64(0x1000, 1);
        copy.become(Objects.requireNonNull(copy.image()));
        assertThat(copy.u64(0x1000)).isEqualTo(0x1122);
    }

    @Test
    void onlyWhatHasChangedIsSavedOnTopOfAnother() throws Exception {
        save();
        Snapshot base = open();
        GuestMemory copy = keep(GuestMemory.copyOf(base.memory()));
        copy.putU64(0x5000, 5);
        Path changes = parent.resolve("changes");
        try (SnapshotWriter writer = SnapshotWriter.beginChanges(changes, base)) {
            writer.take(copy, States.state(1));
            String _ = writer.finish();
        }
        Snapshot later = keep(Snapshot.open(changes, States.HERE));
        assertThat(later.whole().id()).isEqualTo(base.id());
        assertThat(later.state().vcpus()).hasSize(1);
        try (GuestMemory second = GuestMemory.copyOf(later.memory())) {
            assertThat(second.u64(0x1000)).isEqualTo(0x1122);
            assertThat(second.u64(0x5000)).isEqualTo(5);
        }
        // With another base, and with none.
        Path kept = changes.resolve("base");
        assertThat(Files.getAttribute(kept.resolve("memory"), "unix:ino"))
                .isEqualTo(Files.getAttribute(directory.resolve("memory"), "unix:ino"));
        Path otherPlace = parent.resolve("other");
        save(otherPlace, memory, States.state(3));
        Snapshot other = keep(Snapshot.open(otherPlace, States.HERE));
        Files.move(kept, parent.resolve("kept"));
        assertRefused(changes, "the snapshot that it goes on from is of no use: it does not exist");
        Files.move(otherPlace, kept);
        assertRefused(
                changes,
                "it goes on from snapshot %s and not from %s".formatted(base.id(), other.id()));
        Files.move(kept, otherPlace);
        Files.createDirectory(kept);
        for (String name : List.of("state", "memory")) {
            Files.copy(changes.resolve(name), kept.resolve(name));
        }
        assertRefused(changes, "of no use: it has not all of its memory");
        // A memory that began otherwise.
        try (SnapshotWriter writer = SnapshotWriter.beginChanges(parent.resolve("none"), other)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> writer.take(copy, States.state(1)))
                    .withMessage("the machine's memory began otherwise");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> writer.take(memory, States.state(1)));
        }
        assertThat(parent.resolve("none")).doesNotExist();
    }

    // What is not finished.

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

    /** As after a crash at each step: what is aside is never taken for a snapshot. */
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
        // Two that began when there was none: the second fails, and takes nothing away.
        Path two = parent.resolve("two");
        try (SnapshotWriter first = SnapshotWriter.begin(two, States.HERE, SIZE);
                SnapshotWriter second = SnapshotWriter.begin(two, States.HERE, SIZE)) {
            first.take(memory, States.state(1));
            second.take(memory, States.state(2));
            String _ = first.finish();
            assertThatExceptionOfType(IOException.class).isThrownBy(second::finish);
        }
        assertThat(keep(Snapshot.open(two, States.HERE)).state().vcpus()).hasSize(1);
        try (Stream<Path> left = Files.list(parent)) {
            assertThat(left).hasSize(2);
        }
    }

    // What is damaged.

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
            change("state", java.util.Arrays.copyOf(state, length));
            assertRefused("its file 'state' is");
        }
        change("state", java.util.Arrays.copyOf(state, state.length + 1));
        assertRefused("is damaged");
    }

    @Test
    void damagedMemoryIsRefused() throws Exception {
        save();
        byte[] content = Files.readAllBytes(directory.resolve("memory"));
        content[0x1001] ^= 1;
        change("memory", content);
        assertRefused("its file 'memory' is damaged: its bytes from 0 on");
        content[0x1001] ^= 1;
        content[700_000] = 1; // where zeros are
        change("memory", content);
        assertRefused("its file 'memory' is damaged: its bytes from 524288 on");
        change("memory", java.util.Arrays.copyOf(content, content.length - 4096));
        assertRefused("it has 2093056 bytes and not 2097152");
    }

    @Test
    void aMissingFileIsNamed() throws Exception {
        assertRefused("it does not exist");
        save();
        Files.delete(directory.resolve("memory"));
        assertRefused("it has no file 'memory'");
        Files.delete(directory.resolve("state"));
        assertRefused("it has no file 'state'");
    }

    // What is right and does not fit.

    @Test
    void anotherFormatIsRefused() throws Exception {
        save();
        byte[] state = Files.readAllBytes(directory.resolve("state"));
        ByteBuffer.wrap(state).putInt(8, 2);
        change("state", state);
        assertRefused("it has format 2 and this program reads format 1; make a new one");
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

    @Test
    void onlyTheExtentsOfChangesAreMapped() throws Exception {
        save();
        Snapshot base = open();
        MemoryImage image = base.memory();
        assertThat(image.changes()).isNull();
        assertThat(image.base().extents()).isNotEmpty();
    }
}
