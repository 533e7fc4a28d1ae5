package dev.microsandbox.vmm.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.HalfWayProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that stores files is killed at random moments. Afterwards, each file is complete,
 * either old or new; everything stored before is there; and the next process can continue.
 */
@Timeout(60)
class KilledStorageTest {

    private static final int KILLS = 8;

    /** Longer than a round of the process, so that kills hit each of its steps. */
    private static final int LONGEST_LIFE_MICROS = 80_000;

    private static final int LARGE = 2 << 20;

    private static final String FORMAT = "microsandbox-test-1";

    /** Stores one number after the other, each in all ways, until it is killed. */
    static final class Writer {

        private Writer() {}

        public static void main(String[] arguments) throws Exception {
            Path directory = Path.of(arguments[0]);
            try (LockFile _ =
                            LockFile.tryExclusive(directory.resolve("lock"), Duration.ZERO)
                                    .orElseThrow();
                    RandomAccessFile stored =
                            new RandomAccessFile(directory.resolve("stored").toFile(), "rw")) {
                long first = stored.length() == 0 ? 0 : stored.readLong();
                for (long number = first + 1; ; number++) {
                    store(directory, number);
                    stored.seek(0);
                    stored.writeLong(number);
                    if (number == first + 1) {
                        HalfWayProcess.halfWay();
                    }
                }
            }
        }
    }

    private static void store(Path directory, long number) throws IOException {
        DurableFiles.replace(directory.resolve("file"), content(number));
        DurableFiles.replace(
                directory.resolve("fields"), Fields.of(Map.of("number", number)).seal(FORMAT));
        FileTree.delete(directory.resolve("removed"));
        // A killed process finished this one without recording it.
        remove(directory, number);
        try (NewDirectory made = NewDirectory.begin(made(directory, number), "last")) {
            Files.write(made.create("large", 0), content(number));
            Files.createDirectory(made.partial().resolve("inner"));
            made.commit(content(number));
        }
        remove(directory, number - 1);
    }

    private static void remove(Path directory, long number) throws IOException {
        Path made = made(directory, number);
        if (Files.exists(made)) {
            DurableFiles.rename(made, directory.resolve("removed"));
            FileTree.delete(directory.resolve("removed"));
        }
    }

    private static Path made(Path directory, long number) {
        return directory.resolve("made-" + number);
    }

    private static byte[] content(long number) {
        return Seal.PLAIN.append((Long.toString(number) + "\n").repeat(LARGE / 8).getBytes(UTF_8));
    }

    /** The number of a file, after checking that the file is complete. */
    private static long number(Path file) throws IOException {
        byte[] content = Seal.PLAIN.open(Files.readAllBytes(file)).orElseThrow();
        return Long.parseLong(new String(content, UTF_8).lines().findFirst().orElseThrow());
    }

    @Test
    void whatIsFoundIsTheOldOrTheNewAndWhole(@TempDir Path directory) throws Exception {
        Random random = new Random(20260102);
        for (int kill = 0; kill < KILLS; kill++) {
            try (HalfWayProcess writer = HalfWayProcess.start(Writer.class, directory.toString())) {
                writer.awaitHalfWay();
                Thread.sleep(Duration.ofNanos(1000L * random.nextInt(LONGEST_LIFE_MICROS)));
                writer.kill();
            }
            long stored;
            try (RandomAccessFile file =
                    new RandomAccessFile(directory.resolve("stored").toFile(), "r")) {
                stored = file.readLong();
            }
            assertWhole(directory, stored);
            if (kill % 2 == 1) {
                store(directory, stored + 1);
                assertWhole(directory, stored + 1);
                assertThat(hidden(directory)).as("left, and not swept").isEmpty();
                assertThat(directory.resolve("removed")).doesNotExist();
                try (RandomAccessFile file =
                        new RandomAccessFile(directory.resolve("stored").toFile(), "rw")) {
                    file.writeLong(stored + 1);
                }
            }
        }
    }

    private static void assertWhole(Path directory, long stored) throws IOException {
        assertThat(number(directory.resolve("file"))).isBetween(stored, stored + 1);
        assertThat(Fields.readSealed(directory.resolve("fields"), FORMAT, 200).number("number"))
                .isBetween(stored, stored + 1);
        List<Long> made = new ArrayList<>();
        try (Stream<Path> all = Files.list(directory)) {
            for (Path each : all.filter(path -> path.toString().contains("made-")).toList()) {
                String name = each.getFileName().toString();
                if (!name.startsWith(".")) {
                    long number = Long.parseLong(name.substring("made-".length()));
                    assertThat(number(each.resolve("large"))).isEqualTo(number);
                    assertThat(number(each.resolve("last"))).isEqualTo(number);
                    assertThat(each.resolve("inner")).isDirectory();
                    made.add(number);
                }
            }
        }
        assertThat(made).isNotEmpty().isSubsetOf(stored, stored + 1);
        // The killed process left at most one file for each way of storing.
        assertThat(hidden(directory)).hasSizeLessThanOrEqualTo(1);
    }

    private static List<Path> hidden(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(path -> path.getFileName().toString().startsWith(".")).toList();
        }
    }
}
