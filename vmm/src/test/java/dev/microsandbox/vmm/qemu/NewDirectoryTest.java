package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewDirectoryTest {

    @TempDir private Path parent;

    @Test
    void isThereWhenItIsCommitted() throws Exception {
        Path target = parent.resolve("new");
        try (NewDirectory directory = NewDirectory.begin(target)) {
            Files.writeString(directory.create("file", 0), "text");
            assertThat(directory.create("hole", 5000)).hasSize(5000);
            assertThat(target).doesNotExist();
            directory.commit();
        }
        assertThat(target.resolve("file")).hasContent("text");
        assertThat(target.resolve("hole")).hasSize(5000);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rwx------");
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(target.resolve("file"))))
                .isEqualTo("rw-------");
        assertThat(parent).isDirectoryNotContaining("glob:**/.new.partial");
    }

    @Test
    void nothingIsLeftOfWhatIsNot() throws Exception {
        try (NewDirectory directory = NewDirectory.begin(parent.resolve("new"))) {
            Files.writeString(directory.create("file", 0), "text");
        }
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void whatAKilledProcessHasLeftIsNoObstacle() throws Exception {
        Path left = Files.createDirectory(parent.resolve(".new.partial"));
        Files.writeString(left.resolve("file"), "half");
        try (NewDirectory directory = NewDirectory.begin(parent.resolve("new"))) {
            directory.commit();
        }
        assertThat(parent.resolve("new")).isEmptyDirectory();
        assertThat(left).doesNotExist();
    }

    @Test
    void nothingIsReplaced() throws Exception {
        Path target = Files.createDirectory(parent.resolve("new"));
        assertThatIOException()
                .isThrownBy(() -> NewDirectory.begin(target))
                .withMessage("it is there already");
    }
}
