package dev.microsandbox.vmm.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DurableFilesTest {

    private static final byte[] OLD = "old".getBytes(UTF_8);
    private static final byte[] NEW = "new".getBytes(UTF_8);

    @TempDir private Path directory;

    private Path file() {
        return directory.resolve("file");
    }

    private List<String> names() throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void aFileIsReplacedAndItsOwnersAlone() throws IOException {
        DurableFiles.replace(file(), OLD);
        assertThat(file()).hasBinaryContent(OLD);
        DurableFiles.replace(file(), NEW);
        assertThat(file()).hasBinaryContent(NEW);
        assertThat(mode(file())).isEqualTo("rw-------");
        DurableFiles.replace(file(), OLD, PosixFilePermissions.fromString("r--r--r--"));
        assertThat(mode(file())).isEqualTo("r--r--r--");
        assertThat(names()).containsExactly("file");
    }

    /** The content is synced before the rename, and the directory after it. */
    @Test
    void contentAndNameAreWrittenThrough() throws Exception {
        List<Path> forced = Forced.during(() -> DurableFiles.replace(file(), NEW));
        assertThat(forced).hasSize(2);
        assertThat(forced.getFirst().getFileName().toString()).matches("\\.file\\.[0-9a-f]+\\.new");
        assertThat(forced.getLast()).isEqualTo(directory);
        assertThat(Forced.during(() -> DurableFiles.delete(file()))).containsExactly(directory);
        assertThat(Forced.during(() -> DurableFiles.delete(file()))).isEmpty();
        Path inner = directory.resolve("a/b");
        assertThat(Forced.during(() -> DurableFiles.createDirectories(inner)))
                .containsExactly(directory, directory.resolve("a"));
        assertThat(Forced.during(() -> DurableFiles.createDirectories(inner))).isEmpty();
        assertThat(Forced.during(() -> DurableFiles.rename(inner, directory.resolve("renamed"))))
                .containsExactly(directory, directory.resolve("a"));
    }

    @Test
    void aDirectoryIsWrittenThroughBeforeItHasItsName() throws Exception {
        Path made = directory.resolve("made");
        List<Path> forced =
                Forced.during(
                        () -> {
                            try (NewDirectory one = NewDirectory.begin(made, "last")) {
                                Files.writeString(one.create("file", 0), "text");
                                one.commit(NEW);
                            }
                        });
        assertThat(forced.stream().map(path -> path.getFileName().toString()))
                .satisfiesExactly(
                        name -> assertThat(name).isEqualTo("file"),
                        name -> assertThat(name).isEqualTo("last"),
                        name -> assertThat(name).matches("\\.made\\.[0-9a-f]+\\.partial"),
                        name -> assertThat(name).isEqualTo(directory.getFileName().toString()));
        assertThat(Forced.during(() -> NewDirectory.publish(made, directory.resolve("moved"))))
                .containsExactlyInAnyOrder(
                        made.resolve("file"), made.resolve("last"), made, directory)
                .endsWith(made, directory);
    }

    @Test
    void whatKilledWritersLeftGoesWithTheNextAndNothingElse() throws IOException {
        Path left = Files.createFile(directory.resolve(".file.0123456789abcdef.new"));
        Path other = Files.createFile(directory.resolve(".other.fedcba9876543210.new"));
        Path living = directory.resolve(".file.0000000000000000.new");
        Path foreign = Files.createFile(directory.resolve("file.new"));
        Path note = Files.createFile(directory.resolve(".note.new"));
        try (LockFile _ = LockFile.tryExclusive(living, Duration.ZERO).orElseThrow()) {
            DurableFiles.replace(file(), NEW);
            assertThat(left).doesNotExist();
            assertThat(other).doesNotExist();
            assertThat(living).exists();
        }
        DurableFiles.sweep(directory);
        assertThat(living).doesNotExist();
        assertThat(foreign).exists();
        assertThat(note).exists();
        assertThat(file()).hasBinaryContent(NEW);
    }

    @Test
    void whatCannotBeWrittenLeavesNothing() throws IOException {
        Files.createDirectories(file().resolve("in the way"));
        assertThatIOException().isThrownBy(() -> DurableFiles.replace(file(), NEW));
        assertThat(names()).containsExactly("file");
        assertThatIOException()
                .isThrownBy(() -> DurableFiles.replace(directory.resolve("none/file"), NEW));
    }

    @Test
    void writersAtTheSameTimeDoNoHarm() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> writers =
                    IntStream.range(0, 20)
                            .<Future<?>>mapToObj(
                                    i ->
                                            threads.submit(
                                                    () -> {
                                                        DurableFiles.replace(
                                                                file(), new byte[] {(byte) i});
                                                        return i;
                                                    }))
                            .toList();
            for (Future<?> writer : writers) {
                assertThat(writer.get()).isNotNull();
            }
        }
        assertThat(file()).hasSize(1);
        assertThat(names()).containsExactly("file");
    }

    @Test
    void directoriesAreMadeWhereTheyAreMissing() throws IOException {
        Path inner = directory.resolve("a/b");
        assertThat(DurableFiles.createPrivateDirectories(inner)).isEqualTo(inner).isDirectory();
        assertThat(mode(inner)).isEqualTo("rwx------");
        assertThat(mode(directory.resolve("a"))).isEqualTo("rwx------");
        assertThat(DurableFiles.createPrivateDirectories(inner)).isEqualTo(inner);
        Files.createFile(file());
        assertThatExceptionOfType(FileAlreadyExistsException.class)
                .isThrownBy(() -> DurableFiles.createDirectories(file()));
    }
}
