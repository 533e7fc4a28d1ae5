package dev.microsandbox.vmm.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.LocalSocket;
import dev.microsandbox.vmm.linux.Memfd;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The launcher: whose user a program gets, what ends with what, and hostile requests. */
@Timeout(60)
class LauncherIT {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** More requests than sockets hold. */
    private static final int FLOOD = 20_000;

    @TempDir private static Path directory;
    private static Path attacks;
    private static Path program;

    @BeforeAll
    static void build() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        attacks = TestPrograms.attacks(directory);
        program = TestPrograms.asThisUser(directory);
    }

    private static Confinement users(int first, int last) {
        return new Confinement(first, last, false, null);
    }

    private static LaunchedProcess waiting(Launcher launcher) throws Exception {
        return launcher.startQemu(List.of("wait"), List.of(), List.of(), false);
    }

    private static String user(LaunchedProcess process) throws IOException {
        return process.inputReader().readLine();
    }

    @Test
    void twoServersDoNotGetTheSameUser() throws Exception {
        assumeTrue(TestPrograms.isRoot(), "skipped: not root");
        Launcher one = Launcher.start(program, attacks, users(62_000, 62_001));
        Launcher two = Launcher.start(program, attacks, users(62_000, 62_001));
        try {
            LaunchedProcess first = waiting(one);
            LaunchedProcess second = waiting(two);
            assertThat(List.of(user(first), user(second)))
                    .containsExactlyInAnyOrder("user 62000", "user 62001");
            for (Launcher launcher : List.of(one, two)) {
                assertThatThrownBy(() -> waiting(launcher))
                        .isInstanceOfSatisfying(
                                LaunchException.class,
                                e -> assertThat(e.errno()).isEqualTo(Errno.EAGAIN));
            }
            first.destroy();
            assertThat(first.waitFor()).isEqualTo(128 + 9);
            assertThat(user(waiting(two))).isEqualTo("user 62000");
        } finally {
            one.stop();
            two.stop();
        }
    }

    @Test
    void aUserOfALivingProcessIsLeftOut() throws Exception {
        assumeTrue(TestPrograms.isRoot(), "skipped: not root");
        Process squatter =
                new ProcessBuilder(
                                "setpriv",
                                "--reuid=62010",
                                "--clear-groups",
                                attacks.toString(),
                                "wait")
                        .start();
        assertThat(squatter.inputReader().readLine()).isEqualTo("user 62010");
        Launcher launcher = Launcher.start(program, attacks, users(62_010, 62_011));
        try {
            assertThat(user(waiting(launcher))).isEqualTo("user 62011");
            assertThatThrownBy(() -> waiting(launcher)).isInstanceOf(LaunchException.class);
        } finally {
            launcher.stop();
            squatter.destroyForcibly().waitFor();
        }
    }

    @Test
    void settingsAreTakenOnce() throws Exception {
        try (RawLauncher raw = RawLauncher.start(program, attacks)) {
            assertThat(raw.configure(62_020)).isZero();
            assertThat(raw.configure(62_030)).isEqualTo(Errno.EPERM);
        }
        try (RawLauncher raw = RawLauncher.start(program, attacks)) {
            raw.send(LauncherConnection.QEMU, 1, 0, 0, new byte[4], List.of());
            ByteBuffer _ = raw.reply();
            assertThat(raw.configure(62_020)).isEqualTo(Errno.EPERM);
        }
    }

    @Test
    void theServersEndIsTheEndOfAll() throws Exception {
        try (Tree tree = Tree.start()) {
            TestPrograms.kill("KILL", tree.server);
            assertThat(tree.launcher.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(tree.launcher.exitValue()).isEqualTo(128 + 9);
            tree.awaitEnd();
        }
    }

    @Test
    void theLaunchersEndIsTheEndOfAll() throws Exception {
        try (Tree tree = Tree.start()) {
            tree.launcher.destroyForcibly();
            tree.awaitEnd();
        }
    }

    @Test
    void aSignalReachesTheServerWhoseStatusIsTheLaunchers() throws Exception {
        try (Tree tree = Tree.start()) {
            TestPrograms.kill("TERM", tree.launcher.pid());
            // The JVM ends by itself, with 128 and the signal's number.
            assertThat(tree.launcher.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(tree.launcher.exitValue()).isEqualTo(128 + 15);
            tree.awaitEnd();
        }
    }

    /** Requests of random bytes, too long ones, ones with descriptors, and a flood. */
    @Test
    void hostileRequestsNeitherEndItNorLeakDescriptors() throws Exception {
        Random random = new Random(20_261_130);
        try (RawLauncher raw = RawLauncher.start(program, attacks);
                FileDescriptor file = Memfd.create("x", 4096)) {
            raw.send(LauncherConnection.ABOUT, 1, 0, 0, new byte[0], List.of());
            ByteBuffer _ = raw.reply();
            long before = raw.descriptors();
            raw.collect();
            for (int i = 0; i < 2000; i++) {
                int type = random.nextInt(14);
                byte[] body = new byte[random.nextInt(i % 100 == 0 ? 60_000 : 200)];
                random.nextBytes(body);
                if (random.nextBoolean()) {
                    // Likely counts, so that more than the first check is reached.
                    for (int j = 0; j + 3 < body.length; j += 4) {
                        body[j] = (byte) random.nextInt(18);
                        body[j + 1] = 0;
                        body[j + 2] = 0;
                        body[j + 3] = 0;
                    }
                }
                List<FileDescriptor> files =
                        IntStream.range(0, random.nextInt(LocalSocket.MOST_FILES + 1))
                                .mapToObj(_ -> file)
                                .toList();
                raw.send(type, 7, random.nextInt(3), random.nextInt(30), body, files);
            }
            raw.sendBytes(new byte[0], List.of());
            raw.sendBytes(new byte[0], List.of(file));
            raw.sendBytes(new byte[5], List.of(file));
            raw.send(LauncherConnection.ABOUT, 99, 0, 0, new byte[0], List.of());
            await().atMost(PATIENCE).until(() -> raw.collected.contains(99));
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(raw.descriptors()).isEqualTo(before));
        }
    }

    @Test
    void whoTakesNoRepliesStopsNobodyButItself() throws Exception {
        try (RawLauncher raw = RawLauncher.start(program, attacks)) {
            AtomicInteger sent = new AtomicInteger();
            Thread flood = Thread.ofPlatform().start(() -> flood(raw, sent));
            // It waits when it has sent nothing since the last look.
            int[] last = {-1};
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> last[0] == (last[0] = sent.get()));
            assertThat(last[0]).isPositive().isLessThan(FLOOD);
            assertThat(raw.memoryKilobytes()).isLessThan(8 << 10);
            // As soon as somebody takes the replies, it goes on.
            raw.collect();
            await().atMost(Duration.ofSeconds(30)).until(() -> raw.collected.size() == FLOOD);
            flood.join();
        }
    }

    private static void flood(RawLauncher raw, AtomicInteger sent) {
        try {
            while (sent.get() < FLOOD) {
                raw.send(LauncherConnection.ABOUT, 1, 0, 0, new byte[0], List.of());
                int _ = sent.incrementAndGet();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A launcher, the server that it has started, and two programs. */
    private static final class Tree implements AutoCloseable {

        final Process launcher;
        final long server;
        final List<Long> programs = new ArrayList<>();

        private Tree(Process launcher) throws IOException {
            this.launcher = launcher;
            BufferedReader lines = launcher.inputReader();
            for (String line = lines.readLine();
                    line != null && !line.equals("ready");
                    line = lines.readLine()) {
                if (!line.startsWith("user")) {
                    programs.add(Long.valueOf(line));
                }
            }
            server =
                    launcher.children()
                            .filter(child -> !programs.contains(child.pid()))
                            .findFirst()
                            .orElseThrow()
                            .pid();
        }

        static Tree start() throws IOException {
            Tree tree =
                    new Tree(
                            new ProcessBuilder(
                                            program.toString(),
                                            "server",
                                            "--qemu",
                                            attacks.toString(),
                                            "--locks",
                                            "/run/microsandbox",
                                            "--keep-capabilities",
                                            "--",
                                            Path.of(System.getProperty("java.home"), "bin/java")
                                                    .toString(),
                                            "--enable-native-access=ALL-UNNAMED",
                                            "-cp",
                                            System.getProperty("java.class.path"),
                                            LaunchingServer.class.getName())
                                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                                    .start());
            assertThat(tree.programs).hasSize(2);
            return tree;
        }

        void awaitEnd() {
            await().atMost(PATIENCE)
                    .until(
                            () ->
                                    Stream.concat(programs.stream(), Stream.of(server))
                                            .noneMatch(Tree::runs));
        }

        private static boolean runs(long pid) {
            return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
        }

        @Override
        public void close() {
            var _ = launcher.destroyForcibly();
        }
    }
}
