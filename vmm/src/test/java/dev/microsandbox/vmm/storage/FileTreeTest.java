package dev.microsandbox.vmm.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@SuppressWarnings("NullAway.Init") // made before each test
class FileTreeTest {

    @TempDir private Path directory;

    private Path tree;

    @BeforeEach
    void make() throws IOException {
        tree = directory.resolve("tree");
        Files.createDirectories(tree.resolve("a/b"));
        Files.writeString(tree.resolve("a/b/file"), "text");
        Files.writeString(tree.resolve("file"), "text");
    }

    @Test
    void allOfItGoes() throws IOException {
        FileTree.delete(tree);
        assertThat(directory).isEmptyDirectory();
        FileTree.delete(tree);
    }

    @Test
    void aFileIsATreeToo() throws IOException {
        FileTree.delete(tree.resolve("file"));
        assertThat(tree).isNotEmptyDirectory();
        assertThat(tree.resolve("file")).doesNotExist();
    }

    @Test
    void linksAreNotFollowed() throws IOException {
        Path outside = Files.createDirectory(directory.resolve("outside"));
        Path kept = Files.writeString(outside.resolve("kept"), "text");
        Files.createSymbolicLink(tree.resolve("to-directory"), outside);
        Files.createSymbolicLink(tree.resolve("a/to-file"), kept);
        Files.createSymbolicLink(tree.resolve("to-nothing"), directory.resolve("nothing"));
        Files.createSymbolicLink(tree.resolve("a/b/up"), Path.of("../.."));
        Path link = Files.createSymbolicLink(directory.resolve("link"), outside);
        FileTree.delete(tree);
        FileTree.delete(link);
        assertThat(tree).doesNotExist();
        assertThat(link).doesNotExist();
        assertThat(kept).hasContent("text");
    }

    /** Not even root deletes anything through a mount, and the mount point cannot be removed. */
    @Test
    void whatCannotBeDeletedIsNamedAndTheRestGoes() throws Exception {
        Path mounted = Files.createDirectory(tree.resolve("a/mounted"));
        int status = run("mount", "-t", "tmpfs", "tmpfs", mounted.toString());
        Assumptions.assumeTrue(status == 0, "skipped: nothing can be mounted here");
        try {
            Path inside = Files.writeString(mounted.resolve("inside"), "text");
            assertThatExceptionOfType(UndeletedException.class)
                    .isThrownBy(() -> FileTree.delete(tree))
                    .withMessage(
                            "These cannot be deleted: "
                                    + mounted
                                    + " (a file system is mounted there)")
                    .satisfies(
                            e ->
                                    assertThat(e.getReason())
                                            .isEqualTo("a file system is mounted there"));
            assertThat(inside).hasContent("text");
            assertThat(tree.resolve("a/b")).doesNotExist();
            assertThat(tree.resolve("file")).doesNotExist();
        } finally {
            assertThat(run("umount", mounted.toString())).isZero();
        }
        FileTree.delete(tree);
        assertThat(tree).doesNotExist();
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    @Test
    void whatIsStillBeingWrittenGoesToo() throws Exception {
        Thread writer =
                Thread.ofPlatform()
                        .daemon()
                        .start(
                                () -> {
                                    for (int i = 0; i < 5; i++) {
                                        try {
                                            Files.createFile(tree.resolve("a/more" + i));
                                        } catch (IOException e) {
                                            return;
                                        }
                                    }
                                });
        FileTree.delete(tree);
        writer.join();
        assertThat(tree).doesNotExist();
    }
}
