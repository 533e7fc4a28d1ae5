package dev.microsandbox.vmm.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microsandbox.vmm.HalfWayProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class NewDirectoryTest {

    private static final String LAST = "last";

    private static final byte[] CONTENT = "content".getBytes(StandardCharsets.US_ASCII);

    @TempDir private Path parent;

    @Test
    void isThereWhenItIsCommitted() throws Exception {
        Path target = parent.resolve("new");
        try (NewDirectory directory = NewDirectory.begin(target, LAST)) {
            Files.writeString(directory.create("file", 0), "text");
            assertThat(directory.create("hole", 5000)).hasSize(5000);
            assertThat(target).doesNotExist();
            directory.commit(CONTENT);
        }
        assertThat(target.resolve("file")).hasContent("text");
        assertThat(target.resolve("hole")).hasSize(5000);
        assertThat(target.resolve(LAST)).hasBinaryContent(CONTENT);
        assertThat(mode(target)).isEqualTo("rwx------");
        assertThat(mode(target.resolve("file"))).isEqualTo("rw-------");
        assertThat(mode(target.resolve(LAST))).isEqualTo("r--------");
        assertThat(partial()).isEmpty();
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void nothingIsLeftOfWhatIsNot() throws Exception {
        try (NewDirectory directory = NewDirectory.begin(parent.resolve("new"), LAST)) {
            Files.writeString(directory.create("file", 0), "text");
            assertThat(partial()).hasSize(1);
        }
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void whatAKilledProcessLeftIsNotThereAndGoesWithTheNext() throws Exception {
        Path killed = parent.resolve("killed");
        try (HalfWayProcess other = making(killed)) {
            other.awaitHalfWay();
            other.kill();
        }
        assertThat(killed).doesNotExist();
        assertThat(partial()).hasSize(1);
        // What a process leaves that is killed at its very first step.
        Files.createDirectory(parent.resolve(".none.0123.partial"));
        // Like a directory of a machine on KVM.
        Path base = Files.createDirectories(parent.resolve(".kvm.0123.partial/base"));
        Files.createFile(base.resolve("memory"));
        Files.createFile(base.resolveSibling(LAST));
        // A directory that is not ours.
        Files.createFile(parent.resolve(".note.partial"));

        NewDirectory.begin(parent.resolve("next"), LAST).close();

        assertThat(partial()).containsExactly(parent.resolve(".note.partial"));
    }

    @Test
    void whatIsBeingMadeIsLeftAlone() throws Exception {
        Path other = parent.resolve("other");
        Path mine = parent.resolve("mine");
        try (HalfWayProcess process = making(other);
                NewDirectory directory = NewDirectory.begin(mine, LAST)) {
            process.awaitHalfWay();
            for (int i = 0; i < 3; i++) {
                NewDirectory.begin(parent.resolve("next"), LAST).close();
            }
            assertThat(partial()).hasSize(2);
            directory.commit(CONTENT);
            process.letContinue();
        }
        assertThat(mine.resolve(LAST)).hasBinaryContent(CONTENT);
        assertThat(other.resolve(LAST)).hasContent("from another process");
        assertThat(partial()).isEmpty();
    }

    @Test
    void nothingIsReplaced() throws Exception {
        Path target = Files.createDirectory(parent.resolve("new"));
        assertThatExceptionOfType(FileAlreadyExistsException.class)
                .isThrownBy(() -> NewDirectory.begin(target, LAST));
    }

    @Test
    void itsPlaceHasToBeThere() {
        assertThatExceptionOfType(NoSuchFileException.class)
                .isThrownBy(() -> NewDirectory.begin(parent.resolve("none/new"), LAST));
    }

    /** A directory of another kind of machine has a last file of another name. */
    @Test
    void whatIsMadeOtherwiseIsLeftAlone() throws Exception {
        Path other = parent.resolve("other");
        try (NewDirectory directory = NewDirectory.begin(other, "another last")) {
            NewDirectory.begin(parent.resolve("next"), LAST).close();
            try (HalfWayProcess process = making(parent.resolve("third"))) {
                process.awaitHalfWay();
                // The other process has also swept when it began.
                assertThat(directory.partial()).isDirectory();
            }
            directory.commit(CONTENT);
        }
        assertThat(other.resolve("another last")).hasBinaryContent(CONTENT);
    }

    private List<Path> partial() throws IOException {
        try (Stream<Path> files = Files.list(parent)) {
            return files.filter(file -> file.toString().endsWith(".partial")).toList();
        }
    }

    private static HalfWayProcess making(Path directory) throws IOException {
        return HalfWayProcess.start(Making.class, directory.toString());
    }

    /** Makes a directory, and waits after it has written a file. */
    static final class Making {

        private Making() {}

        public static void main(String[] arguments) throws Exception {
            try (NewDirectory directory = NewDirectory.begin(Path.of(arguments[0]), LAST)) {
                Files.writeString(directory.create("file", 0), "half of it");
                HalfWayProcess.halfWay();
                HalfWayProcess.awaitContinue();
                directory.commit("from another process".getBytes(StandardCharsets.UTF_8));
            }
        }
    }
}
