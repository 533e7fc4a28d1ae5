package dev.microsandbox.vmm.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.Memfd;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.linux.PathDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a guest gets that has taken over QEMU: a program that is started exactly as QEMU is tries
 * the file system, the network, other processes, other guests' memory and the kernel.
 */
@Timeout(60)
class EscapeIT {

    private static final int OWN_FILE = 3;
    private static final int MEMORY = 6;
    private static final int PATH_ONLY = 11;

    /** Attempts that nothing but the filter of system calls refuses everywhere. */
    private static final List<String> CALLS =
            List.of(
                    "ptrace",
                    "process_vm_readv",
                    "kill",
                    "kill all",
                    "fcntl F_SETOWN",
                    "fcntl F_SETSIG",
                    "fcntl F_SETOWN_EX",
                    "socket of family 2",
                    "socket of family 16",
                    "connect to the server",
                    "execve",
                    "execve with registers",
                    "fork",
                    "clone with namespaces",
                    "mount",
                    "unshare user",
                    "bpf",
                    "io_uring_setup",
                    "userfaultfd",
                    "keyctl",
                    "survive the launcher");

    @TempDir private static Path directory;
    private static Path attacks;

    @BeforeAll
    static void build() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        attacks = TestPrograms.attacks(directory);
    }

    @Test
    void rootsEmulatorGetsNothing() throws Exception {
        assumeTrue(TestPrograms.isRoot(), "skipped: not root");
        Layers layers = attack(TestPrograms.asThisUser(directory), 0);
        assertThat(layers.ownUser()).isTrue();
        assertThat(layers.ownRoot()).isTrue();
    }

    @Test
    void anOrdinaryUsersEmulatorGetsNothingOfThatUser() throws Exception {
        assumeTrue(TestPrograms.isRoot(), "skipped: not root");
        Layers layers = attack(TestPrograms.asOrdinaryUser(directory), TestPrograms.ORDINARY_USER);
        assertThat(layers.ownUser()).isFalse();
    }

    @Test
    void anEmulatorInAContainerGetsNothing() throws Exception {
        assumeTrue(TestPrograms.isRoot(), "skipped: not root");
        Layers layers = attack(TestPrograms.asInAContainer(directory), 0);
        assertThat(layers.ownUser()).isTrue();
        assertThat(layers.namespaces()).isFalse();
    }

    @Test
    void thisUsersEmulatorGetsNothing() throws Exception {
        assumeTrue(!TestPrograms.isRoot(), "skipped: root, tested by another test");
        Layers _ = attack(TestPrograms.asThisUser(directory), ownUser());
    }

    /** Tries everything. The files that are tried belong to a user. */
    private static Layers attack(Path program, int owner) throws Exception {
        Path home = home(owner);
        Launcher launcher =
                Launcher.start(
                        program,
                        attacks,
                        new Confinement(
                                61_184,
                                65_519,
                                false,
                                Files.createTempDirectory(directory, "locks")));
        List<FileDescriptor> opened = new ArrayList<>();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            FileDescriptor memory = add(opened, Memfd.create("ram", 4096));
            LaunchedProcess other =
                    launcher.startQemu(
                            List.of("wait"),
                            List.of(new Launcher.OpenFor(MEMORY, memory)),
                            List.of(),
                            false);
            LaunchedProcess process =
                    launcher.startQemu(
                            List.of(
                                    Long.toString(ProcessHandle.current().pid()),
                                    Long.toString(other.pid()),
                                    Integer.toString(server.getLocalPort()),
                                    home.toString(),
                                    "/proc/" + other.pid() + "/fd/" + MEMORY),
                            List.of(
                                    new Launcher.OpenFor(
                                            OWN_FILE,
                                            add(
                                                    opened,
                                                    OpenFile.readOnly(home.resolve("kernel"))
                                                            .descriptor())),
                                    new Launcher.OpenFor(
                                            PATH_ONLY,
                                            add(
                                                    opened,
                                                    PathDescriptor.of(
                                                            home.resolve("open-to-all"))))),
                            List.of(),
                            false);
            List<String> lines = process.inputReader().readAllAsString().lines().toList();
            assertThat(process.waitFor()).as(lines.toString()).isZero();
            assertThat(lines).last().isEqualTo("done");
            assertThat(lines).noneMatch(line -> line.contains("GRANTED"));
            // Refused by the filter, and not because the attempt was wrong.
            for (String call : CALLS) {
                assertThat(lines).contains(call + ": Operation not permitted");
            }
            assertThat(lines)
                    .noneMatch(line -> line.startsWith("its own file"))
                    .contains("clone3: Function not implemented");
            String first = other.inputReader().readLine();
            if (launcher.layers().ownUser()) {
                assertThat(user(lines.getFirst())).isBetween(61_184, 65_519);
                assertThat(first).isNotEqualTo(lines.getFirst());
            } else {
                assertThat(lines.getFirst()).isEqualTo("user " + owner).isEqualTo(first);
            }
            assertThat(home.resolve("open-to-all")).hasContent("open");
            assertThat(home.resolve("written")).doesNotExist();
            assertThat(other.isAlive()).isTrue();
            return launcher.layers();
        } finally {
            launcher.stop();
            opened.forEach(FileDescriptor::close);
        }
    }

    /**
     * The attempts are right: without the launcher, as QEMU ran for an ordinary user, they succeed.
     */
    @Test
    void withoutTheLauncherAttemptsSucceed() throws Exception {
        assumeTrue(TestPrograms.isRoot(), "skipped: not root");
        int user = TestPrograms.ORDINARY_USER;
        Path home = home(user);
        List<String> asUser =
                List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups");
        Process other = new ProcessBuilder(join(asUser, attacks.toString(), "wait")).start();
        try {
            assertThat(other.inputReader().readLine()).isEqualTo("user " + user);
            Process process =
                    new ProcessBuilder(
                                    join(
                                            asUser,
                                            attacks.toString(),
                                            Long.toString(other.pid()),
                                            Long.toString(other.pid()),
                                            "1",
                                            home.toString(),
                                            "/proc/" + other.pid() + "/fd/0",
                                            "control"))
                            .start();
            assertThat(process.inputReader().readAllAsString())
                    .contains(
                            "open for reading " + home + "/secret: GRANTED",
                            "open for reading " + home + "/open-to-all: GRANTED",
                            "open for writing /proc/" + other.pid() + "/mem: GRANTED",
                            "ptrace: GRANTED",
                            "process_vm_readv: GRANTED",
                            "kill: GRANTED",
                            "socket of family 2: GRANTED",
                            "socket of family 16: GRANTED",
                            "survive the launcher: GRANTED");
        } finally {
            other.destroyForcibly();
        }
    }

    private static List<String> join(List<String> first, String... second) {
        List<String> joined = new ArrayList<>(first);
        joined.addAll(List.of(second));
        return joined;
    }

    private static FileDescriptor add(List<FileDescriptor> all, FileDescriptor one) {
        all.add(one);
        return one;
    }

    private static int ownUser() throws IOException {
        return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    }

    private static int user(String line) {
        return Integer.parseInt(line.substring("user ".length()));
    }

    /** A directory with files of a user, one of which everybody may read and write. */
    private static Path home(int owner) throws IOException {
        Path home = Files.createTempDirectory(directory, "home");
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (String name : List.of("secret", "open-to-all", "kernel")) {
            Path file = Files.writeString(home.resolve(name), "open");
            Files.setPosixFilePermissions(
                    file,
                    PosixFilePermissions.fromString(
                            name.equals("secret") ? "rw-------" : "rw-rw-rw-"));
            if (owner != 0 && TestPrograms.isRoot()) {
                Files.setAttribute(file, "unix:uid", owner);
            }
        }
        if (owner != 0 && TestPrograms.isRoot()) {
            Files.setAttribute(home, "unix:uid", owner);
        }
        return home;
    }
}
