package dev.microsandbox.vmm.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Workers: who starts them, whose user they have, and what a stolen one reaches. */
@Timeout(60)
class LauncherWorkersIT {

    /** Those of an earlier test may still live. */
    private static final String USERS = "62100-62199";

    @TempDir private static Path programs;
    private static Path worker;

    @TempDir private Path home;
    private Path tenants;

    /** Whose launcher it is, and with which capabilities. */
    enum Setting {
        ROOT,
        /** As docker-compose.yaml says: root without the right to everybody's files. */
        CONTAINER,
        ORDINARY_USER
    }

    @BeforeAll
    static void build() throws Exception {
        Files.setPosixFilePermissions(programs, PosixFilePermissions.fromString("rwxr-xr-x"));
        worker = TestPrograms.compile(programs, "tenant");
    }

    @BeforeEach
    void open() throws Exception {
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx--x--x"));
        tenants = home.resolve("tenants");
    }

    private Launcher launcher(Setting setting, String... more) throws Exception {
        assumeTrue(
                setting == Setting.ROOT || TestPrograms.isRoot(), "skipped: cannot change users");
        Path program =
                switch (setting) {
                    case ROOT -> TestPrograms.asThisUser(programs);
                    case CONTAINER -> TestPrograms.withRightsOfAContainer(programs);
                    case ORDINARY_USER -> {
                        TestPrograms.giveToOrdinaryUser(home);
                        yield TestPrograms.asOrdinaryUser(programs);
                    }
                };
        return Launcher.start(
                program,
                Path.of("/bin/false"),
                new Confinement(62_210, 62_219, false, home),
                TestTenants.options(worker, tenants, more));
    }

    private static int user(Path file) throws IOException {
        return (Integer) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }

    private static int errno(Launcher launcher, String namespace) {
        return catchThrowableOfType(LaunchException.class, () -> launcher.startWorker(namespace))
                .errno();
    }

    @ParameterizedTest
    @EnumSource
    void twoWorkersReachNothingOfEachOther(Setting setting) throws Exception {
        Launcher launcher = launcher(setting, "--worker-uids", USERS);
        Path keys = Files.createDirectories(home.resolve("namespaces")).resolve("keys");
        Files.writeString(keys, "secret");
        // What is in its way is Landlock, not the file's mode.
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-r--r--"));
        try {
            assertThat(launcher.canStartWorkers()).isTrue();
            LaunchedWorker one = launcher.startWorker("one");
            LaunchedWorker two = launcher.startWorker("two");
            try (Told first = TestTenants.tell(one);
                    Told second = TestTenants.tell(two)) {
                boolean users = setting != Setting.ORDINARY_USER;
                assertThat(launcher.layers().workersHaveUsers()).isEqualTo(users);
                assertThat(first.attempt("about"))
                        .startsWith("user %d of one,".formatted(user(tenants.resolve("one"))));
                assertThat(second.attempt("about"))
                        .startsWith("user %d of two,".formatted(user(tenants.resolve("two"))));
                assertThat(user(tenants.resolve("one")) == user(tenants.resolve("two")))
                        .isNotEqualTo(users);
                Path own = tenants.resolve("one");
                Path other = tenants.resolve("two");
                assertThat(second.attempt("create", other.resolve("sessions/file")))
                        .isEqualTo("GRANTED");
                for (String what : List.of("sessions/file", "sessions", "run", "run/http.sock")) {
                    assertRefused(first, "read", other.resolve(what));
                }
                assertRefused(first, "create", other.resolve("sessions/new"));
                assertRefused(first, "create", tenants.resolve("new"));
                assertRefused(first, "create", home.resolve("new"));
                assertRefused(first, "read", tenants);
                assertRefused(first, "read", home);
                assertRefused(first, "read", keys);
                assertRefused(first, "read", "/etc/passwd");
                assertRefused(first, "read", "/dev/kvm");
                assertRefused(
                        first,
                        "rename",
                        other.resolve("sessions/file"),
                        own.resolve("sessions/file"));
                assertRefused(
                        first, "link", other.resolve("sessions/file"), own.resolve("tmp/file"));
                assertRefused(first, "link", "/etc/shadow", own.resolve("links/shadow"));
                assertRefused(first, "symlink", "/etc/shadow", own.resolve("links/shadow"));
                assertRefused(first, "root");
                for (long pid : new long[] {second.pid(), two.pid(), one.pid()}) {
                    assertRefused(first, "memory", pid);
                    assertRefused(first, "trace", pid);
                    assertRefused(first, "kill", pid);
                }
                if (users) {
                    // Where all have one user, the filter of the worker's system calls denies it.
                    assertRefused(first, "connect", other.resolve("run/http.sock"));
                }
                for (String place : List.of("run/x", "links/x", "sessions/x", "tmp/x")) {
                    assertThat(first.attempt("create", own.resolve(place))).isEqualTo("GRANTED");
                }
            }
        } finally {
            launcher.stop();
        }
    }

    private static void assertRefused(Told told, String what, Object... texts) throws IOException {
        assertThat(told.attempt(what, texts))
                .as("%s %s", what, List.of(texts))
                .isIn("Permission denied", "Operation not permitted", "Invalid cross-device link");
    }

    @ParameterizedTest
    @EnumSource
    void aNamespaceKeepsItsUserAndItsFiles(Setting setting) throws Exception {
        Launcher launcher = launcher(setting, "--worker-uids", USERS);
        try {
            LaunchedWorker before = launcher.startWorker("one");
            try (Told told = TestTenants.tell(before)) {
                assertThat(told.attempt("create", tenants.resolve("one/sessions/kept")))
                        .isEqualTo("GRANTED");
                assertThat(errno(launcher, "one")).isEqualTo(Errno.EBUSY);
                assertThat(told.attempt("exit", 7)).isEqualTo("null");
            }
            assertThat(before.exit().get(10, TimeUnit.SECONDS)).isEqualTo(7);
            assertThatThrownBy(() -> before.connect(LaunchedWorker.Socket.HTTP))
                    .isInstanceOfSatisfying(
                            LaunchException.class,
                            e -> assertThat(e.errno()).isEqualTo(Errno.ESRCH));
            LaunchedWorker other = launcher.startWorker("other");
            LaunchedWorker after = launcher.startWorker("one");
            try (Told told = TestTenants.tell(after)) {
                assertThat(told.attempt("read", tenants.resolve("one/sessions/kept")))
                        .isEqualTo("GRANTED");
            }
            assertThat(other.exit()).isNotDone();
        } finally {
            launcher.stop();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aKilledWorkerLeavesNothingBehind(Setting setting) throws Exception {
        Launcher launcher = launcher(setting, "--worker-uids", USERS);
        try {
            LaunchedWorker worker = launcher.startWorker("one");
            try (Told told = TestTenants.tell(worker)) {
                long pid = told.pid();
                worker.kill();
                assertThat(worker.exit().get(10, TimeUnit.SECONDS)).isEqualTo(128 + 9);
                assertThat(Path.of("/proc/" + pid)).doesNotExist();
            }
            worker.kill();
            try (Told told = TestTenants.tell(launcher.startWorker("one"))) {
                assertThat(told.attempt("about")).contains("of one,");
            }
        } finally {
            launcher.stop();
        }
    }

    @Test
    void onlyNamesOfNamespacesAreTaken() throws Exception {
        Launcher launcher = launcher(Setting.ROOT, "--worker-uids", USERS);
        try {
            for (String name :
                    List.of(
                            "",
                            ".",
                            "..",
                            "a/b",
                            "../x",
                            "-a",
                            "_a",
                            "A",
                            "a.b",
                            "a b",
                            "ä",
                            "a".repeat(64),
                            "a\0b")) {
                assertThat(errno(launcher, name)).as(name).isEqualTo(Errno.EINVAL);
            }
            assertThat(tenants).doesNotExist();
            // Also where an address has no room for the path of a socket.
            LaunchedWorker longest = launcher.startWorker("0" + "_-z9".repeat(15) + "ab");
            TestTenants.tell(longest).close();
        } finally {
            launcher.stop();
        }
    }

    @Test
    void withoutTheCommandOfAWorkerThereIsNone() throws Exception {
        Launcher launcher =
                Launcher.start(
                        TestPrograms.asThisUser(programs),
                        Path.of("/bin/false"),
                        Confinement.DEFAULT);
        try {
            assertThat(launcher.canStartWorkers()).isFalse();
            assertThat(errno(launcher, "one")).isEqualTo(Errno.EPERM);
        } finally {
            launcher.stop();
        }
    }

    @Test
    void aDirectoryOfSomebodyElseIsRefused() throws Exception {
        Launcher launcher = launcher(Setting.CONTAINER, "--worker-uids", USERS);
        Files.createDirectories(tenants.resolve("one"));
        Files.setAttribute(tenants.resolve("one"), "unix:uid", 61_000);
        try {
            assertThatThrownBy(() -> launcher.startWorker("one"))
                    .isInstanceOfSatisfying(
                            LaunchException.class,
                            e -> assertThat(e.errno()).isEqualTo(Errno.EPERM))
                    .hasMessageContaining("namespace 'one' belongs to");
        } finally {
            launcher.stop();
        }
    }

    @Test
    void usersAreNotGivenTwice() throws Exception {
        Launcher launcher = launcher(Setting.CONTAINER, "--worker-uids", "62200-62201");
        try {
            for (String name : List.of("one", "two")) {
                LaunchedWorker _ = launcher.startWorker(name);
            }
            assertThat(errno(launcher, "three")).isEqualTo(Errno.EAGAIN);
            assertThat(user(tenants.resolve("one"))).isNotEqualTo(user(tenants.resolve("two")));
        } finally {
            launcher.stop();
        }
    }

    /**
     * As a program below /root, or images to which the home links: another user could not start.
     */
    @Test
    void whereTheProgramIsOutOfOthersReachWorkersKeepTheUser() throws Exception {
        Path closed = Files.createDirectory(home.resolve("closed"));
        Path open = Files.createDirectory(closed.resolve("open"));
        Path link = Files.createSymbolicLink(home.resolve("link"), open);
        String[] options = {"--worker-uids", USERS, "--worker-read", link.toString()};
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx--x--x"));
        Launcher before = launcher(Setting.ROOT, options);
        assertThat(before.layers().workersHaveUsers()).isTrue();
        before.stop();
        Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
        Launcher launcher = launcher(Setting.ROOT, options);
        try (Told told = TestTenants.tell(launcher.startWorker("one"))) {
            assertThat(launcher.layers().workersHaveUsers()).isFalse();
            assertThat(told.attempt("about")).startsWith("user 0 of one,");
        } finally {
            launcher.stop();
        }
    }

    /** What an ordinary setup has made, which later may change users. */
    @Test
    void aDirectoryOfTheLaunchersUserIsHandedOver() throws Exception {
        Launcher before = launcher(Setting.ROOT);
        try (Told told = TestTenants.tell(before.startWorker("one"))) {
            assertThat(told.attempt("mkdir", tenants.resolve("one/sessions/s")))
                    .isEqualTo("GRANTED");
            assertThat(told.attempt("create", tenants.resolve("one/sessions/s/file")))
                    .isEqualTo("GRANTED");
            assertThat(user(tenants.resolve("one/sessions/s/file"))).isZero();
        } finally {
            before.stop();
        }
        // A template's file, which other namespaces use too.
        Path template = Files.writeString(home.resolve("template"), "x");
        Files.setPosixFilePermissions(template, PosixFilePermissions.fromString("r--------"));
        Path _ = Files.createLink(tenants.resolve("one/sessions/s/layer"), template);
        Launcher after = launcher(Setting.CONTAINER, "--worker-uids", USERS);
        try (Told told = TestTenants.tell(after.startWorker("one"))) {
            assertThat(told.attempt("about"))
                    .startsWith("user " + user(tenants.resolve("one")) + " ");
            assertThat(user(tenants.resolve("one"))).isNotZero();
            Path session = tenants.resolve("one/sessions/s");
            assertThat(told.attempt("create", session.resolve("file"))).isEqualTo("GRANTED");
            assertThat(told.attempt("read", session.resolve("layer"))).isEqualTo("GRANTED");
            assertRefused(told, "create", session.resolve("layer"));
            assertThat(user(template)).isZero();
        } finally {
            after.stop();
        }
    }
}
