package dev.microsandbox.vmm;

import static dev.microsandbox.vmm.ContractSandbox.assertGuestError;
import static dev.microsandbox.vmm.ContractSandbox.randomBytes;
import static dev.microsandbox.vmm.ContractSandbox.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.KernelBudget.Work;
import dev.microsandbox.vmm.SandboxFiles.WriteOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Reading, writing and listing files. */
interface FileContract extends ContractSandbox {

    @Test
    @Work(value = 10, essential = true)
    default void filesRoundTripByteForByte() throws Exception {
        int size = 5_000_000 / thrift();
        byte[] bytes = randomBytes(size, 2);
        FileStat written = write("dir with spaces/a\nb/é.bin", bytes, WriteOptions.REPLACE);
        assertThat(written.size()).isEqualTo(bytes.length);
        assertThat(written.type()).isEqualTo(FileStat.Type.FILE);
        assertThat(written.mode()).isEqualTo(0644);
        assertThat(written.uid()).isEqualTo(1000);
        assertThat(read("/workspace/dir with spaces/a\nb/é.bin")).isEqualTo(bytes);

        ByteArrayOutputStream part = new ByteArrayOutputStream();
        sandbox().files().read("dir with spaces/a\nb/é.bin", size - 10, 100, part);
        assertThat(part.toByteArray()).isEqualTo(Arrays.copyOfRange(bytes, size - 10, size));
        part.reset();
        sandbox().files().read("dir with spaces/a\nb/é.bin", 100, 5, part);
        assertThat(part.toByteArray()).isEqualTo(Arrays.copyOfRange(bytes, 100, 105));
        sandbox().files().remove("dir with spaces", true);
    }

    @Test
    @Work(45)
    default void emptyFilesAppendingAndModes() throws Exception {
        assertThat(write("e.txt", new byte[0], WriteOptions.REPLACE).size()).isZero();
        assertThat(read("e.txt")).isEmpty();
        write("e.txt", utf8("one\n"), WriteOptions.APPEND);
        write("e.txt", utf8("two\n"), WriteOptions.APPEND);
        assertThat(new String(read("e.txt"), StandardCharsets.UTF_8)).isEqualTo("one\ntwo\n");

        bash("chmod 750 e.txt; ln -sf e.txt link", new Recorder());
        write("link", utf8("three\n"), WriteOptions.REPLACE);
        FileStat link = sandbox().files().stat("link", false);
        assertThat(link.type()).isEqualTo(FileStat.Type.SYMBOLIC_LINK);
        assertThat(link.target()).isEqualTo("e.txt");
        FileStat target = sandbox().files().stat("link", true);
        assertThat(target.mode()).isEqualTo(0750);
        assertThat(target.size()).isEqualTo(6);

        assertGuestError(
                GuestException.EEXIST,
                () -> write("e.txt", utf8("x"), new WriteOptions(0600, false, false, true)),
                "e.txt");
        assertThat(write("new.txt", utf8("x"), new WriteOptions(0600, false, false, true)).mode())
                .isEqualTo(0600);
        bash("rm -f e.txt link new.txt", new Recorder());
    }

    @Test
    @Work(30)
    default void directoriesAreListedInOrder() throws Exception {
        SandboxFiles files = sandbox().files();
        files.makeDirectory("tree/b/c", true);
        write("tree/a.txt", utf8("12345"), WriteOptions.REPLACE);
        write("tree/b/c/deep.txt", utf8(""), WriteOptions.REPLACE);
        bash("ln -s /nowhere tree/dangling", new Recorder());

        SandboxFiles.Listing top = files.list("tree", 1, 100);
        assertThat(top.entries())
                .extracting(FileEntry::path)
                .containsExactly("a.txt", "b", "dangling");
        assertThat(top.truncated()).isFalse();
        assertThat(top.entries().getFirst().stat().size()).isEqualTo(5);
        assertThat(files.list("tree", 9, 100).entries())
                .extracting(FileEntry::path)
                .containsExactly("a.txt", "b", "b/c", "b/c/deep.txt", "dangling");
        assertThat(files.list("tree", 9, 2).truncated()).isTrue();

        files.rename("tree/a.txt", "tree/z.txt", false);
        assertGuestError(GuestException.EEXIST, () -> renameVoid("tree/z.txt", "tree/b"), "tree/b");
        assertGuestError(39, () -> removeVoid("tree", false), "tree");
        files.remove("tree", true);
        assertGuestError(GuestException.ENOENT, () -> files.stat("tree", true), "tree");
        files.makeDirectory("tree", false);
        assertGuestError(GuestException.EEXIST, () -> makeDirectoryVoid("tree", false), "tree");
        files.remove("tree", false);
    }

    @Test
    @Work(35)
    default void whatIsNoFileIsRefusedInWords() throws Exception {
        bash("mkfifo -m 666 /tmp/fifo; ln -sf /tmp/nothing /tmp/dangling", new Recorder());
        assertGuestError(GuestException.EISDIR, () -> read("/tmp"), "/tmp");
        assertGuestError(GuestException.EINVAL, () -> read("/tmp/fifo"), "FIFO");
        assertGuestError(GuestException.EINVAL, () -> read("/dev/zero"), "device");
        assertGuestError(
                GuestException.ENOENT,
                () -> read("/tmp/dangling"),
                "/tmp/dangling: is a symbolic link to /tmp/nothing");
        assertGuestError(GuestException.ENOENT, () -> read("/proc/self/status"), "a process's own");
        assertGuestError(
                GuestException.EINVAL,
                () -> write("/tmp/fifo", utf8("x"), WriteOptions.REPLACE),
                "FIFO");
        assertGuestError(GuestException.ENOENT, () -> read("/tmp/none"), "/tmp/none");
        assertGuestError(
                GuestException.EACCES,
                () -> write("/etc/passwd", utf8("x"), WriteOptions.REPLACE),
                "/etc/passwd");
        assertGuestError(
                GuestException.EISDIR,
                () -> write("/tmp", utf8("x"), WriteOptions.REPLACE),
                "/tmp");
        assertThat(new String(read("/proc/cpuinfo"), StandardCharsets.UTF_8)).contains("processor");
    }

    @Test
    @Work(230)
    default void whatCannotBeReplacedIsWrittenOver() throws Exception {
        Recorder output = new Recorder();
        bash(
                """
                sudo mkdir /tmp/roots; printf 'old content' | sudo tee /tmp/roots/f mine >/tmp/sticky
                sudo ln /tmp/roots/f /tmp/roots/link
                sudo chown root mine /tmp/sticky; sudo chmod 666 /tmp/roots/f mine /tmp/sticky
                """,
                output);
        assertThat(output.err()).isEmpty();
        for (String path : List.of("/tmp/roots/f", "mine", "/tmp/sticky")) {
            FileStat stat = write(path, utf8("new"), WriteOptions.REPLACE);
            assertThat(stat.uid()).as(path).isZero();
            assertThat(stat.mode()).as(path).isEqualTo(0666);
            write(path, utf8(" more"), WriteOptions.APPEND);
            assertThat(new String(read(path), StandardCharsets.UTF_8)).isEqualTo("new more");
        }
        assertThat(read("/tmp/roots/link")).isEqualTo(utf8("new more"));
        assertGuestError(
                GuestException.EACCES,
                () -> write("/tmp/roots/none", utf8("x"), WriteOptions.REPLACE),
                "/tmp/roots/none");
        assertNothingLeft("/tmp", "/tmp/roots", "/workspace");
        bash("sudo rm -rf /tmp/roots mine /tmp/sticky", new Recorder());
    }

    @Test
    @Work(120)
    default void whoReadsWhileAFileIsReplacedSeesAllOfIt() throws Exception {
        byte[] a = utf8("a".repeat(300_000));
        byte[] b = utf8("b".repeat(200_000));
        write("swapped", a, WriteOptions.REPLACE);
        GuestProcess reader =
                sandbox()
                        .start(
                                ExecRequest.of(
                                        "python3",
                                        "-c",
                                        """
                                seen = set()
                                while True:
                                    with open('swapped') as f:
                                        text = f.read()
                                    seen.add((text[0], len(text), len(set(text))))
                                    if len(seen) == 1 and text[0] == 'a':
                                        print(flush=True)
                                    if text[0] == 'c':
                                        break
                                print(sorted(seen))
                                """));
        CompletableFuture<Boolean> begun = new CompletableFuture<>();
        Recorder output =
                new Recorder() {
                    @Override
                    public void stdout(byte[] bytes) {
                        super.stdout(bytes);
                        begun.complete(true);
                    }
                };
        Future<Exit> exit =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return reader.await(output);
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        });
        assertThat(begun.get(60L * slowness(), TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < 10; i++) {
            write("swapped", b, WriteOptions.REPLACE);
            write("swapped", a, WriteOptions.REPLACE);
        }
        write("swapped", utf8("c"), WriteOptions.REPLACE);
        assertThat(exit.get(60L * slowness(), TimeUnit.SECONDS).isSuccess()).isTrue();
        assertThat(output.out().strip())
                .startsWith("[('a', 300000, 1), ")
                .endsWith("('c', 1, 1)]")
                .doesNotContain(", 2)");
        sandbox().files().remove("swapped", false);
    }

    @Test
    @Work(20)
    default void aNameOfAnyBytesLeadsToItsFile() throws Exception {
        String name = "n\uDCFF\n\u001B[1m é";
        write(name, utf8("x"), WriteOptions.REPLACE);
        Recorder output = new Recorder();
        sandbox()
                .exec(
                        ExecRequest.of("bash", "-c", "printf %q \"$1\"; cat \"$1\"", "", name),
                        output);
        assertThat(output.out()).as(output.err()).isEqualTo("$'n\\377\\n\\E[1m é'x");
        assertThat(sandbox().files().list("/workspace", 1, 1000).entries())
                .extracting(FileEntry::path)
                .contains(name);
        sandbox().files().rename(name, "plain", false);
        assertThat(read("plain")).isEqualTo(utf8("x"));
        sandbox().files().remove("plain", false);
    }

    @Test
    @Work(value = 8, essential = true)
    default void aCancelledAppendLeavesTheFileAlone() throws Exception {
        write("log", utf8("old\n"), WriteOptions.REPLACE);
        assertThatThrownBy(
                        () ->
                                sandbox()
                                        .files()
                                        .write("log", new FailingInput(), WriteOptions.APPEND))
                .isInstanceOf(IOException.class);
        assertThat(read("log")).isEqualTo(utf8("old\n"));
        assertNothingLeft("/tmp", "/workspace");
        sandbox().files().remove("log", false);
    }

    /** No operation has left a file under its temporary name. */
    private void assertNothingLeft(String... directories) throws InterruptedException {
        for (String directory : directories) {
            assertThat(sandbox().files().list(directory, 1, 10_000).entries())
                    .noneMatch(entry -> entry.path().startsWith(".msb-"));
        }
    }

    @Test
    @Work(600)
    default void aFullDiskLeavesTheOldContent() throws Exception {
        write("kept.txt", utf8("old"), WriteOptions.REPLACE);
        Recorder filled = new Recorder();
        bash("fallocate -l $(($(df --output=avail -k / | tail -1) - 256))K filler", filled);
        assertThat(filled.err()).isEmpty();
        assertGuestError(
                GuestException.ENOSPC,
                () -> sandbox().files().write("kept.txt", new EndlessInput(), WriteOptions.REPLACE),
                "kept.txt");
        assertThat(new String(read("kept.txt"), StandardCharsets.UTF_8)).isEqualTo("old");
        assertGuestError(
                GuestException.ENOSPC,
                () -> sandbox().files().write("kept.txt", new EndlessInput(), WriteOptions.APPEND),
                "kept.txt");
        assertThat(new String(read("kept.txt"), StandardCharsets.UTF_8)).isEqualTo("old");
        assertNothingLeft("/tmp");
        Recorder left = new Recorder();
        bash("ls -A /workspace | grep -v '^[.]' | sort; df / | tail -1 >&2", left);
        assertThat(left.out()).contains("kept.txt");
        assertThat(sandbox().files().list("/workspace", 1, 1000).entries())
                .noneMatch(e -> e.path().contains("kept.txt") && !e.path().equals("kept.txt"));
        sandbox().files().remove("kept.txt", false);
        sandbox().files().remove("filler", false);
    }

    @Test
    @Work(800)
    default void sharedMemoryIsPartOfTheDiskSoThatBothLeaveMemoryForCommands() throws Exception {
        Recorder output = new Recorder();
        bash(
                "head -c 20M /dev/zero > /dev/shm/part; cat /dev/zero > full;"
                        + " df --output=avail / /dev/shm | tail -n 2; rm full /dev/shm/part",
                output);
        assertThat(output.out().strip().split("\\s+")).containsExactly("0", "0");
    }

    @Test
    @Work(value = 4, essential = true)
    default void aFailingSourceLeavesTheOldContent() throws Exception {
        write("kept2.txt", utf8("old"), WriteOptions.REPLACE);
        assertThatThrownBy(
                        () ->
                                sandbox()
                                        .files()
                                        .write(
                                                "kept2.txt",
                                                new FailingInput(),
                                                WriteOptions.REPLACE))
                .isInstanceOf(IOException.class)
                .hasMessage("source failed");
        assertThat(new String(read("kept2.txt"), StandardCharsets.UTF_8)).isEqualTo("old");
    }

    private Object renameVoid(String from, String to) throws InterruptedException {
        sandbox().files().rename(from, to, false);
        return to;
    }

    private Object removeVoid(String path, boolean recursive) throws InterruptedException {
        sandbox().files().remove(path, recursive);
        return path;
    }

    private Object makeDirectoryVoid(String path, boolean parents) throws InterruptedException {
        sandbox().files().makeDirectory(path, parents);
        return path;
    }
}
