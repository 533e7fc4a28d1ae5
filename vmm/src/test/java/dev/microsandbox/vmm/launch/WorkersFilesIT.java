package dev.microsandbox.vmm.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.microsandbox.vmm.snapshot.TemplateFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a worker of its own user gets from its launcher: templates' files, and the device of KVM.
 */
@Timeout(60)
class WorkersFilesIT {

    @TempDir private static Path programs;

    @TempDir private Path home;

    @BeforeEach
    void open() throws Exception {
        assumeTrue(TestPrograms.isRoot(), "skipped: cannot change users");
        Files.setPosixFilePermissions(programs, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx--x--x"));
    }

    @Test
    void itSharesTheFilesOfItsTemplateAndUsesKvm() throws Exception {
        Path template = TemplateFixture.save(home.resolve("templates/one"));
        Path other = Files.writeString(home.resolve("other"), "x");
        Files.setPosixFilePermissions(other, PosixFilePermissions.fromString("rw-r--r--"));
        Launcher launcher = launcher(template, other);
        try {
            assertThat(launcher.layers().workersHaveUsers()).isTrue();
            LaunchedWorker worker = launcher.startWorker("one");
            assertThat(worker.exit().get(30, TimeUnit.SECONDS)).isZero();
        } finally {
            launcher.stop();
        }
        Path tenant = home.resolve("tenants/one");
        for (String name : List.of("one", "two")) {
            Path memory = tenant.resolve("sessions").resolve(name).resolve("memory.0");
            assertThat(inode(memory)).isEqualTo(inode(template.resolve("memory.0")));
        }
        assertThat(inode(tenant.resolve("sessions/two/memory.1")))
                .isEqualTo(inode(tenant.resolve("sessions/one/memory.1")));
        List<String> result = Files.readAllLines(tenant.resolve("sessions/result"));
        assertThat(result.getFirst())
                .isEqualTo(
                        Files.exists(Path.of("/dev/kvm"))
                                ? "kvm: version 12"
                                : "kvm: open(/dev/kvm): No such file or directory");
        assertThat(result.subList(1, result.size()))
                .containsExactly(
                        "other file: Operation not permitted",
                        "name : Invalid argument",
                        "name .: Invalid argument",
                        "name ..: Invalid argument",
                        "name ../run/x: Invalid argument",
                        "name /tmp/x: Invalid argument",
                        "name .x: Invalid argument",
                        "name a/b: Invalid argument",
                        "twice: linked as "
                                + tenant.toRealPath().resolve("links/y")
                                + ", File exists");
        assertThat(tenant.resolve("links")).isDirectoryContaining("glob:**/y");
    }

    private Launcher launcher(Path template, Path other) throws Exception {
        Path java = Path.of(System.getProperty("java.home"));
        Path classes = Path.of("target").toAbsolutePath();
        return Launcher.start(
                TestPrograms.withRightsOfAContainer(programs),
                Path.of("/bin/false"),
                new Confinement(62_210, 62_219, false, home),
                options(
                        List.of(
                                java.resolve("bin/java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Xmx64m",
                                "-XX:+PerfDisableSharedMem",
                                "-Djava.io.tmpdir=@TENANT@/tmp",
                                "-cp",
                                classes.resolve("classes") + ":" + classes.resolve("test-classes"),
                                "dev.microsandbox.vmm.snapshot.LinkingWorker",
                                "@TENANT@",
                                template.toString(),
                                other.toString()),
                        List.of(java, Path.of("/lib"), Path.of("/lib64"), Path.of("/usr/lib")),
                        List.of(
                                classes,
                                template,
                                other,
                                Path.of("/proc"),
                                Path.of("/sys"),
                                Path.of("/etc/ld.so.cache"),
                                Path.of("/dev/urandom"))));
    }

    private String[] options(List<String> words, List<Path> executable, List<Path> readable) {
        List<String> options = new ArrayList<>();
        words.forEach(word -> options.addAll(List.of("--worker", word)));
        executable.forEach(path -> options.addAll(List.of("--worker-execute", path.toString())));
        readable.forEach(path -> options.addAll(List.of("--worker-read", path.toString())));
        options.addAll(
                List.of(
                        "--worker-write",
                        "/dev/null",
                        "--worker-uids",
                        "62220-62239",
                        "--tenants",
                        home.resolve("tenants").toString(),
                        "--link-from",
                        home.resolve("templates").toString()));
        return options.toArray(String[]::new);
    }

    private static Object inode(Path file) throws IOException {
        return Files.getAttribute(file, "unix:ino");
    }
}
