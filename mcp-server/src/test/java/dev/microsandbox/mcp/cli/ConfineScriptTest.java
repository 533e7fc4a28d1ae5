package dev.microsandbox.mcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The rules that {@code confine.sh} asks the launcher for, from odd and hostile places. */
@Timeout(30)
class ConfineScriptTest {

    private static final String QEMU = "qemu-system-x86_64";

    @TempDir private Path directory;

    /** The command line of the launcher, word by word. */
    private List<String> words(Map<String, String> environment, String... arguments)
            throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "/bin/sh",
                                "-euc",
                                "command=serve launcher=/bin/true runtime=/runtime program=/program"
                                        + " installed= builder=/builder; . \"$0\"; printf '%s\\0' \"$@\"",
                                Path.of("src/main/launcher/confine.sh").toAbsolutePath().toString(),
                                "java",
                                "serve"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("MICROSANDBOX_"));
        builder.environment().putAll(environment);
        builder.redirectError(ProcessBuilder.Redirect.INHERIT);
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return List.of(said.split("\0", -1));
    }

    /** The values of an option. */
    private static List<String> values(List<String> words, String option) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i + 1 < words.size() && !words.get(i).equals("--"); i++) {
            if (words.get(i).equals(option)) {
                values.add(words.get(i + 1));
            }
        }
        return values;
    }

    @Test
    void pathsWithAnyCharactersStayWhole() throws Exception {
        Path elsewhere = Files.createDirectory(directory.resolve("else where"));
        for (String name : List.of("a b", "new\nline", "*", "$(id)", "'\"", "-x", "a:b")) {
            Path home = Files.createDirectory(directory.resolve(name));
            Files.createSymbolicLink(home.resolve("li nk*"), elsewhere);
            List<String> words =
                    words(Map.of(), "--home", home.toString(), "--config", name + "/config");
            assertThat(values(words, "--write"))
                    .contains(home.toString(), home.resolve("li nk*").toString());
            assertThat(values(words, "--read")).contains(home.resolve("config").toString());
            assertThat(values(words, "--build"))
                    .containsSequence("--home", home.toString(), "--config");
        }
    }

    @Test
    void aQemuInTheWorkingDirectoryIsNobodysChoice() throws Exception {
        Path real = Files.createDirectory(directory.resolve("bin dir"));
        for (Path each :
                List.of(
                        directory.resolve(QEMU),
                        Files.createDirectory(directory.resolve("sub")).resolve(QEMU),
                        real.resolve(QEMU))) {
            executable(each);
        }
        // A directory is no program, though it may be "executed".
        Path decoy = Files.createDirectory(directory.resolve("decoy"));
        Files.createDirectory(decoy.resolve(QEMU));
        // It exists, since with that PATH there is no mkdir.
        Files.createDirectory(directory.resolve("home"));
        String path = String.join(":", ".", "", "sub", "*", decoy.toString(), real.toString());
        List<String> words =
                words(Map.of("PATH", path), "--home", directory.resolve("home").toString());
        assertThat(values(words, "--qemu")).containsExactly(real.resolve(QEMU).toString());
    }

    /** The first run on a new machine installs QEMU after the launcher got its options. */
    @Test
    void aQemuThatIsNotInstalledYetMayBeStartedOnceItIs() throws Exception {
        Path empty = Files.createDirectory(directory.resolve("empty"));
        Files.createDirectory(directory.resolve("home"));
        List<String> words =
                words(
                        Map.of("PATH", empty.toString()),
                        "--home",
                        directory.resolve("home").toString());
        assertThat(values(words, "--qemu")).containsExactly("/usr/bin/" + QEMU);
    }

    /** A worker is kept from the keys, from other namespaces, and from what all of them share. */
    @Test
    void aWorkerReachesNothingOfTheHomeButWhatItBootsFrom() throws Exception {
        Path home = directory.resolve("home dir");
        List<String> words = words(Map.of(), "--home", home.toString());
        assertThat(values(words, "--worker"))
                .containsExactly(
                        "java",
                        "-Xmx1g",
                        "-Djava.io.tmpdir=@TENANT@/tmp",
                        "-XX:+PerfDisableSharedMem",
                        "worker",
                        "--home",
                        home.toString());
        assertThat(values(words, "--tenants")).containsExactly(home.resolve("tenants").toString());
        assertThat(values(words, "--worker-write")).containsExactly("/dev/null");
        assertThat(values(words, "--worker-execute")).contains("/runtime").doesNotContain("/tmp");
        assertThat(values(words, "--worker-read"))
                .contains("/program")
                .doesNotContain("/tmp", "/dev/tty", "/dev/kvm")
                .filteredOn(path -> path.startsWith(home.toString()))
                .containsExactlyInAnyOrder(
                        home.resolve("assets").toString(),
                        home.resolve("images").toString(),
                        home.resolve("templates").toString());
        assertThat(words.subList(words.indexOf("--"), words.size()))
                .startsWith("--", "java", "-XX:+PerfDisableSharedMem", "serve", "--home");
    }

    /** Who may write to all of them can freeze, kill and move every process of the host. */
    @Test
    void controlGroupsOfOthersAreNotWritable() throws Exception {
        List<String> words = words(Map.of(), "--home", directory.resolve("home").toString());
        for (String group : values(words, "--write")) {
            if (group.startsWith("/sys")) {
                Path path = Path.of(group);
                assertThat(path.startsWith("/sys/fs/cgroup")).as(group).isTrue();
                // Files that only the root of a hierarchy has, or lacks.
                assertThat(path.resolve("cgroup.sane_behavior")).doesNotExist();
                assertThat(
                                Files.exists(path.resolve("cgroup.type"))
                                        || Files.exists(path.resolve("cgroup.clone_children")))
                        .as(group)
                        .isTrue();
            }
        }
    }

    /** An ordinary user's image build reaches its scripts below it as another user. */
    @Test
    void aNewHomeCanBeReachedAndNotListedByOthers() throws Exception {
        Path home = directory.resolve("new/home");
        assertThat(words(Map.of(), "--home", home.toString())).contains(home.toString());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home)))
                .isEqualTo("rwx--x--x");
    }

    private static void executable(Path file) throws IOException {
        Files.writeString(file, "#!/bin/sh\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
