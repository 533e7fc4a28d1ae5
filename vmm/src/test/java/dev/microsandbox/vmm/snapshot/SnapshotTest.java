package dev.microsandbox.vmm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.state.StateWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
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
            writer.finish();
        }
    }

    private Snapshot open() throws IOException {
        return keep(Snapshot.open(directory, States.HERE));
    }

    private void assertRefused(String reason) {
        assertRefused(States.HERE, reason);
    }

    private void assertRefused(Requirements here, String reason) {
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

    /** What was made of it lives on when its files are deleted. */
    @Test
    void deletingASnapshotLeavesItsMachinesAlone() throws Exception {
        save();
        GuestMemory copy;
        try (Snapshot snapshot = Snapshot.open(directory, States.HERE)) {
            copy = keep(GuestMemory.copyOf(snapshot.memory()));
        }
        Files.delete(directory.resolve("memory.0"));
        copy.putU64(0x1000, 1);
        copy.become(Objects.requireNonNull(copy.image()));
        assertThat(copy.u64(0x1000)).isEqualTo(0x1122);
    }

    // What goes on from another.

    /** Saves what a memory has changed, and settles on that. */
    private Snapshot saveChanges(String name, GuestMemory memory, Snapshot origin)
            throws IOException {
        Path place = parent.resolve(name);
        try (SnapshotWriter writer = SnapshotWriter.beginChanges(place, origin)) {
            writer.take(memory, States.state(1));
            Snapshot taken = keep(writer.snapshot());
            memory.settle(taken.memory());
            writer.finish();
            return taken;
        }
    }

    private GuestMemory copy(String name) throws IOException {
        Snapshot snapshot = keep(Snapshot.open(parent.resolve(name), States.HERE));
        return keep(GuestMemory.copyOf(snapshot.memory()));
    }

    private static Object inode(Path file) throws IOException {
        return Files.getAttribute(file, "unix:ino");
    }

    @Test
    void onlyWhatHasChangedIsSavedOnTopOfAnother() throws Exception {
        save();
        Snapshot base = open();
        GuestMemory copy = keep(GuestMemory.copyOf(base.memory()));
        copy.putU64(0x5000, 5);
        Snapshot first = saveChanges("first", copy, base);
        copy.putU64(0x6000, 6);
        Snapshot second = saveChanges("second", copy, first);
        copy.putU64(0x5000, 7);
        Snapshot _ = saveChanges("third", copy, second);

        assertThat(copy("first").u64(0x1000)).isEqualTo(0x1122);
        assertThat(copy("first").u64(0x5000)).isEqualTo(5);
        assertThat(copy("first").u64(0x6000)).isZero();
        assertThat(copy("second").u64(0x5000)).isEqualTo(5);
        assertThat(copy("second").u64(0x6000)).isEqualTo(6);
        assertThat(copy("third").u64(0x5000)).isEqualTo(7);
        assertThat(copy("third").u64(0x6000)).isEqualTo(6);
        Path third = parent.resolve("third");
        for (String name : List.of("memory.0", "memory.1", "memory.2")) {
            assertThat(inode(third.resolve(name)))
                    .isEqualTo(inode(parent.resolve("second").resolve(name)));
        }
        for (int i = 1; i < 4; i++) {
            assertThat(blocks(third.resolve("memory." + i))).as("file %d", i).isEqualTo(1);
        }
        // None needs another.
        for (String name : List.of("one", "first", "second")) {
            deleteAll(parent.resolve(name));
        }
        assertThat(copy("third").u64(0x1000)).isEqualTo(0x1122);
        assertThat(copy("third").u64(0x6000)).isEqualTo(6);
    }

    /** How many pages of a file are on the disk. */
    private static long blocks(Path file) throws IOException {
        try (OpenFile open = OpenFile.readOnly(file)) {
            return open.data().stream().mapToLong(extent -> extent.length() / 4096).sum();
        }
    }

    private static void deleteAll(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    /** A file that has no name any more is written once more, with those above it. */
    @Test
    void whatWasDeletedIsWrittenWithWhatFollows() throws Exception {
        save();
        Snapshot base = open();
        GuestMemory copy = keep(GuestMemory.copyOf(base.memory()));
        Snapshot first = saveChanges("first", copy, base);
        copy.putU64(0x5000, 5);
        Snapshot second = saveChanges("second", copy, first);
        copy.putU64(0x6000, 6);
        deleteAll(parent.resolve("second"));
        Snapshot third = saveChanges("third", copy, second);
        assertThat(third.memory().layers()).hasSize(3);
        assertThat(third.memory().layers().getLast().extents())
                .containsExactly(new Extent(0x5000, 0x2000));
        copy.putU64(0x7000, 7);
        for (String name : List.of("one", "first", "third")) {
            deleteAll(parent.resolve(name));
        }
        Snapshot fourth = saveChanges("fourth", copy, third);
        assertThat(fourth.memory().layers()).hasSize(1);
        GuestMemory found = copy("fourth");
        assertThat(found.u64(0x1000)).isEqualTo(0x1122);
        assertThat(found.u64(0x5000)).isEqualTo(5);
        assertThat(found.u64(0x6000)).isEqualTo(6);
        assertThat(found.u64(0x7000)).isEqualTo(7);
    }

    @Test
    void aMemoryThatBeganOtherwiseIsNotTaken() throws Exception {
        save();
        Snapshot origin = open();
        GuestMemory other = keep(GuestMemory.copyOf(open().memory()));
        try (SnapshotWriter writer = SnapshotWriter.beginChanges(parent.resolve("none"), origin)) {
            for (GuestMemory wrong : List.of(other, memory)) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> writer.take(wrong, States.state(1)))
                        .withMessage("the machine's memory began otherwise");
            }
        }
        assertThat(parent.resolve("none")).doesNotExist();
        origin.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> SnapshotWriter.beginChanges(parent.resolve("none"), origin));
        try (Stream<Path> left = Files.list(parent)) {
            assertThat(left).containsExactly(directory);
        }
    }

    /** What was taken is open, whatever becomes of its names. */
    @Test
    void whatWasTakenButNotFinishedCanBeGoneOnFrom() throws Exception {
        Snapshot taken;
        try (SnapshotWriter writer = SnapshotWriter.begin(directory, States.HERE, SIZE)) {
            writer.take(memory, States.state(1));
            taken = keep(writer.snapshot());
            memory.settle(taken.memory());
            // Somebody else is faster.
            Files.createDirectory(directory);
            Files.createFile(directory.resolve("other"));
            assertThatExceptionOfType(IOException.class).isThrownBy(writer::finish);
        }
        deleteAll(directory);
        assertThat(memory.u64(0x1000)).isEqualTo(0x1122);
        memory.putU64(0x5000, 5);
        Snapshot _ = saveChanges("next", memory, taken);
        assertThat(copy("next").u64(0x1000)).isEqualTo(0x1122);
        assertThat(copy("next").u64(0x5000)).isEqualTo(5);
    }

    /** Opened with another, which has the same files by other names: they are shared. */
    @Test
    void filesThatAreKnownAreNotReadAgain() throws Exception {
        save();
        Snapshot base = open();
        GuestMemory copy = keep(GuestMemory.copyOf(base.memory()));
        copy.putU64(0x5000, 5);
        Snapshot first = saveChanges("first", copy, base);
        copy.putU64(0x6000, 6);
        Snapshot second = saveChanges("second", copy, first);
        Snapshot again = keep(Snapshot.open(parent.resolve("second"), States.HERE, second));
        assertThat(again.memory()).isEqualTo(second.memory());
        Snapshot part = keep(Snapshot.open(parent.resolve("first"), States.HERE, second));
        assertThat(part.memory()).isEqualTo(first.memory());
        // Whoever closes first: the others have them open.
        second.close();
        first.close();
        again.close();
        again.close();
        assertThat(keep(GuestMemory.copyOf(part.memory())).u64(0x5000)).isEqualTo(5);
        // One that is closed is known no more; what was written to since is read.
        Snapshot anew = keep(Snapshot.open(parent.resolve("second"), States.HERE, second));
        assertThat(keep(GuestMemory.copyOf(anew.memory())).u64(0x6000)).isEqualTo(6);
        directory = parent.resolve("second");
        byte[] content = Files.readAllBytes(directory.resolve("memory.2"));
        content[0x6001] ^= 1;
        change("memory.2", content);
        assertThatExceptionOfType(SnapshotException.class)
                .isThrownBy(() -> Snapshot.open(directory, States.HERE, anew).close())
                .withMessageContaining("its file 'memory.2' is damaged: its bytes from 0 on");
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
            first.finish();
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
        content[700_000] = 1; // where zeros are
        change("memory.0", content);
        assertRefused("its file 'memory.0' is damaged: its bytes from 524288 on");
        change("memory.0", Arrays.copyOf(content, content.length - 4096));
        assertRefused("it has 2093056 bytes and not 2097152");
    }

    @Test
    void damageIsFoundInEveryFile() throws Exception {
        save();
        Snapshot origin = open();
        GuestMemory copy = keep(GuestMemory.copyOf(origin.memory()));
        for (int i = 1; i < 4; i++) {
            copy.putU64(0x1000, i);
            origin = saveChanges("layer" + i, copy, origin);
        }
        directory = parent.resolve("layer3");
        for (int i = 0; i < 4; i++) {
            String name = "memory." + i;
            Path file = directory.resolve(name);
            Path kept = parent.resolve("kept");
            Files.move(file, kept);
            assertRefused("it has no file '" + name + "'; delete it");
            byte[] content = Files.readAllBytes(kept);
            content[0x1001] ^= 1;
            Files.write(file, content);
            assertRefused("its file '" + name + "' is damaged: its bytes from 0 on");
            Files.write(file, Arrays.copyOf(content, 4096));
            assertRefused("its file '" + name + "' is damaged: it has 4096 bytes and not");
            // Another's, which is whole.
            Files.delete(file);
            Files.createLink(file, directory.resolve("memory." + (i + 1) % 4));
            assertRefused("its file '" + name + "' is damaged");
            Files.delete(file);
            Files.move(kept, file);
        }
        assertThat(copy("layer3").u64(0x1000)).isEqualTo(3);
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

    // What is right and does not fit.

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
