package dev.microsandbox.vmm.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.microsandbox.vmm.launch.TestTenants.Told;
import dev.microsandbox.vmm.linux.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions that change from a server of one process to workers, and back. */
@Timeout(60)
class MovedSessionsIT {

    @TempDir private static Path programs;

    @TempDir private Path home;
    private Path sessions;
    private Path tenants;

    @BeforeEach
    void open() throws Exception {
        assumeTrue(TestPrograms.isRoot(), "skipped: cannot change users");
        Files.setPosixFilePermissions(programs, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx--x--x"));
        sessions = Files.createDirectory(home.resolve("sessions"));
        Files.setPosixFilePermissions(sessions, PosixFilePermissions.fromString("rwx------"));
        tenants = home.resolve("tenants");
    }

    /** As in a container, where root has no right to the files of others. */
    private Launcher launcher(boolean users) throws Exception {
        Path worker = TestPrograms.compile(programs, "tenant");
        String[] more =
                users
                        ? new String[] {
                            "--worker-uids", "62240-62259", "--sessions", sessions.toString()
                        }
                        : new String[] {"--sessions", sessions.toString()};
        return Launcher.start(
                TestPrograms.withRightsOfAContainer(programs),
                Path.of("/bin/false"),
                new Confinement(62_210, 62_219, false, home),
                TestTenants.options(worker, tenants, more));
    }

    private Path session(String name) throws IOException {
        Path session = Files.createDirectories(sessions.resolve(name).resolve("inner"));
        Files.setPosixFilePermissions(session, PosixFilePermissions.fromString("rwx------"));
        Path file = Files.writeString(session.resolve("file"), "content");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return sessions.resolve(name);
    }

    private static int user(Path file) throws IOException {
        return (Integer) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }

    private static int refusal(Call call) {
        return catchThrowableOfType(LaunchException.class, call::run).errno();
    }

    private interface Call {
        void run() throws Exception;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSessionGoesToItsWorkerAndComesBack(boolean users) throws Exception {
        Path session = session("s-1");
        Launcher launcher = launcher(users);
        try {
            launcher.adopt("s-1", "one");
            assertThat(session).doesNotExist();
            Path adopted = tenants.resolve("one/sessions/s-1");
            assertThat(user(adopted.resolve("inner/file"))).isEqualTo(user(tenants.resolve("one")));
            assertThat(user(adopted) != 0).isEqualTo(users);
            LaunchedWorker worker = launcher.startWorker("one");
            try (Told told = TestTenants.tell(worker)) {
                assertThat(told.attempt("create", adopted.resolve("inner/file")))
                        .isEqualTo("GRANTED");
                assertThat(told.attempt("mkdir", tenants.resolve("one/sessions/s-2")))
                        .isEqualTo("GRANTED");
                assertThat(refusal(() -> launcher.giveBack("one"))).isEqualTo(Errno.EBUSY);
                assertThat(told.attempt("exit", 0)).isEqualTo("null");
            }
            assertThat(worker.exit().get(10, TimeUnit.SECONDS)).isZero();
            launcher.giveBack("one");
            assertThat(sessions).isDirectoryContaining("glob:**/s-1");
            assertThat(sessions).isDirectoryContaining("glob:**/s-2");
            assertThat(user(session.resolve("inner/file"))).isZero();
            assertThat(Files.readString(session.resolve("inner/file"))).isEqualTo("xontent");
            launcher.giveBack("unknown");
            assertThat(tenants.resolve("unknown")).doesNotExist();
        } finally {
            launcher.stop();
        }
    }

    @Test
    void onlyDirectoriesOfTheLaunchersUserMove() throws Exception {
        Path others = session("others");
        Files.setAttribute(others, "unix:uid", TestPrograms.ORDINARY_USER);
        Path _ = Files.createSymbolicLink(sessions.resolve("link"), home);
        Path _ = Files.writeString(sessions.resolve("file"), "x");
        Path _ = Files.createSymbolicLink(session("odd").resolve("inner/link"), home);
        Launcher launcher = launcher(true);
        try {
            for (String name : List.of("others", "link", "file")) {
                assertThat(refusal(() -> launcher.adopt(name, "one")))
                        .as(name)
                        .isEqualTo(Errno.EPERM);
            }
            assertThat(refusal(() -> launcher.adopt("missing", "one"))).isEqualTo(Errno.ENOENT);
            for (String name : List.of("..", ".", "", "../sessions/others", "a/b")) {
                assertThat(refusal(() -> launcher.adopt(name, "one")))
                        .as(name)
                        .isEqualTo(Errno.EINVAL);
            }
            // A link within a session is refused, and not followed.
            assertThat(refusal(() -> launcher.adopt("odd", "one"))).isEqualTo(Errno.EINVAL);
            assertThat(user(home)).isZero();
        } finally {
            launcher.stop();
        }
    }

    /** A kill in between leaves it under its hidden name, with some of its files given away. */
    @Test
    void aMoveThatWasInterruptedGoesOn() throws Exception {
        Path session = session("s-1");
        Launcher launcher = launcher(true);
        try {
            launcher.adopt(session("s-0").getFileName().toString(), "one");
            int user = user(tenants.resolve("one"));
            Files.setAttribute(session.resolve("inner/file"), "unix:uid", user);
            Files.move(session, tenants.resolve("one/.adopted-s-1"));
            launcher.adopt("s-1", "one");
            Path adopted = tenants.resolve("one/sessions/s-1");
            assertThat(user(adopted)).isEqualTo(user);
            Files.move(adopted, tenants.resolve("one/.returned-s-1"));
            Files.setAttribute(tenants.resolve("one/.returned-s-1/inner/file"), "unix:uid", 0);
            launcher.giveBack("one");
            assertThat(user(session.resolve("inner/file"))).isZero();
        } finally {
            launcher.stop();
        }
    }
}
