package dev.microsandbox.vmm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.memory.GuestMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Snapshots that keep only what has changed since another one, which they share files with. */
@Timeout(60)
class IncrementalSnapshotTest extends SnapshotFixture {

    /** Saves what a memory has changed, and bases the memory on the result. */
    private Snapshot saveChanges(String name, GuestMemory memory, Snapshot origin)
            throws IOException {
        Path place = parent.resolve(name);
        try (SnapshotWriter writer = SnapshotWriter.beginChanges(place, origin)) {
            writer.take(memory, States.state(1));
            Snapshot taken = keep(writer.snapshot());
            memory.rebaseOn(taken.memory());
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
        // No snapshot needs the files of another.
        for (String name : List.of("one", "first", "second")) {
            deleteAll(parent.resolve(name));
        }
        assertThat(copy("third").u64(0x1000)).isEqualTo(0x1122);
        assertThat(copy("third").u64(0x6000)).isEqualTo(6);
    }

    /** The number of a file's pages that are on the disk. */
    private static long blocks(Path file) throws IOException {
        try (OpenFile open = OpenFile.readOnly(file)) {
            return open.data().stream().mapToLong(extent -> extent.length() / 4096).sum();
        }
    }

    /** A file that has been deleted is written again, merged with the files on top of it. */
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

    /** A taken snapshot has its files open, so it does not need their names. */
    @Test
    void whatWasTakenButNotFinishedCanBeGoneOnFrom() throws Exception {
        Snapshot taken;
        try (SnapshotWriter writer = SnapshotWriter.begin(directory, States.HERE, SIZE)) {
            writer.take(memory, States.state(1));
            taken = keep(writer.snapshot());
            memory.rebaseOn(taken.memory());
            // Another writer is faster.
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

    /** Opening a snapshot shares the files that another one has open under other names. */
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
        // The others still have the files open, whichever is closed first.
        second.close();
        first.close();
        again.close();
        again.close();
        assertThat(keep(GuestMemory.copyOf(part.memory())).u64(0x5000)).isEqualTo(5);
        // A closed snapshot shares nothing: files are read, also those that have changed since.
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
            // The file of another layer, undamaged.
            Files.delete(file);
            Files.createLink(file, directory.resolve("memory." + (i + 1) % 4));
            assertRefused("its file '" + name + "' is damaged");
            Files.delete(file);
            Files.move(kept, file);
        }
        assertThat(copy("layer3").u64(0x1000)).isEqualTo(3);
    }
}
