package dev.microsandbox.vmm.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.HalfWayProcess;
import dev.microsandbox.vmm.memory.GuestMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two processes write snapshots in one directory, and one of them is killed. */
@Timeout(60)
class KilledWriterTest {

    @TempDir Path parent;

    @Test
    void whatAKilledProcessLeftIsNoSnapshotAndGoesWithTheNext() throws Exception {
        Path killed = parent.resolve("killed");
        try (HalfWayProcess other = WriterProcess.writing(killed)) {
            other.awaitHalfWay();
            other.kill();
        }
        assertThat(killed).doesNotExist();
        assertThat(partial()).singleElement().satisfies(path -> assertThat(path).isDirectory());
        // What a process leaves that is killed at its very first step.
        Files.createDirectory(parent.resolve(".none.0123.partial"));
        // A directory that is not ours.
        Files.createFile(parent.resolve(".note.partial"));

        write(parent.resolve("next"));

        assertThat(partial()).containsExactly(parent.resolve(".note.partial"));
        Snapshot.open(parent.resolve("next"), States.HERE).close();
        // The base snapshot is intact, and its file has one name again.
        Path origin = WriterProcess.origin(killed);
        assertThat(Files.getAttribute(origin.resolve("memory.0"), "unix:nlink")).isEqualTo(1);
        Snapshot.open(origin, States.HERE).close();
    }

    /** Killed at any moment, a writer leaves only complete snapshots. */
    @Test
    void whatAKilledProcessHasFinishedIsWhole() throws Exception {
        int found = 0;
        for (int round = 0; round < 4; round++) {
            Path many = parent.resolve("round" + round);
            try (HalfWayProcess other = WriterProcess.writingMany(many)) {
                other.awaitHalfWay();
                Thread.sleep(37L * round);
                other.kill();
            }
            for (int i = 0; Files.exists(WriterProcess.number(many, i)); i++) {
                try (Snapshot snapshot = Snapshot.open(WriterProcess.number(many, i), States.HERE);
                        GuestMemory memory = GuestMemory.copyOf(snapshot.memory())) {
                    assertThat(memory.u64(0x1000)).isEqualTo(i);
                    for (int page = 0; page < 9; page++) {
                        int last = i - Math.floorMod(i - page, 9);
                        assertThat(memory.u64(0x4000 + page * 0x1000L))
                                .isEqualTo(Math.max(last, 0));
                    }
                }
                found++;
            }
            assertThat(partial()).hasSizeLessThanOrEqualTo(1);
        }
        write(parent.resolve("next"));
        assertThat(partial()).isEmpty();
        assertThat(found).isPositive();
    }

    @Test
    void whatIsBeingWrittenIsLeftAlone() throws Exception {
        Path other = parent.resolve("other");
        Path mine = parent.resolve("mine");
        try (HalfWayProcess process = WriterProcess.writing(other);
                GuestMemory memory = GuestMemory.allocate(1 << 20);
                SnapshotWriter writer = SnapshotWriter.begin(mine, States.HERE, 1 << 20)) {
            process.awaitHalfWay();
            writer.take(memory, States.state(1));
            for (int i = 0; i < 3; i++) {
                write(parent.resolve("next" + i));
            }
            assertThat(partial()).hasSize(2);
            writer.finish();
            process.letContinue();
        }
        for (Path whole : List.of(other, mine)) {
            Snapshot.open(whole, States.HERE).close();
        }
        assertThat(partial()).isEmpty();
    }

    private static void write(Path directory) throws IOException {
        try (GuestMemory memory = GuestMemory.allocate(1 << 20);
                SnapshotWriter writer = SnapshotWriter.begin(directory, States.HERE, 1 << 20)) {
            writer.take(memory, States.state(1));
            writer.finish();
        }
    }

    private List<Path> partial() throws IOException {
        try (Stream<Path> files = Files.list(parent)) {
            return files.filter(file -> file.toString().endsWith(".partial")).toList();
        }
    }
}
