package dev.microsandbox.mcp.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.disk.Checkpoint;
import dev.microsandbox.mcp.session.disk.Leftovers;
import dev.microsandbox.mcp.session.disk.SessionFile;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.storage.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Kills a server between any two of its changes to the disk. The next server finds either the
 * earlier or the later state, and once it has found the later state, never the earlier one again.
 */
@Timeout(120)
class KilledBetweenWritesTest {

    private static final Logger log = LoggerFactory.getLogger(KilledBetweenWritesTest.class);

    private static final String LOST = "main lost because the server ended unexpectedly";

    @TempDir Path temp;

    private final WatchedDisk disk = new WatchedDisk();

    /** The files that a kill would have left. */
    private record Left(String before, Path copy) {}

    private final List<Left> left = Collections.synchronizedList(new ArrayList<>());

    private interface Part {
        void run(SessionFixture fixture) throws Exception;
    }

    /**
     * The states that the next server finds after a kill at each point of an action, without
     * repetitions.
     */
    private List<String> found(Part setup, Part action) throws Exception {
        Path home = temp.resolve("home");
        try (SessionFixture fixture = new SessionFixture(disk.watched(home))) {
            setup.run(fixture);
            disk.watch(what -> kill(home, what));
            action.run(fixture);
            kill(home, "the end");
            disk.watch(what -> {});
        }
        List<String> phases = new ArrayList<>();
        assertThat(left).hasSizeGreaterThan(1);
        for (Left point : left) {
            String found = found(point.copy());
            log.info("killed before {}: {}", point.before(), found);
            if (phases.isEmpty() || !phases.getLast().equals(found)) {
                phases.add(found);
            }
        }
        return phases;
    }

    private void kill(Path home, String before) throws IOException {
        Path copy = temp.resolve("left-" + left.size());
        if (Files.exists(home)) {
            try (Stream<Path> all = Files.walk(home)) {
                for (Path each : all.toList()) {
                    Files.copy(each, copy.resolve(home.relativize(each)));
                }
            }
        }
        left.add(new Left(before, copy));
    }

    /** The state that the next server finds. */
    private static String found(Path home) throws Exception {
        Leftovers.remove(home, SessionFixture.BEGIN);
        assertNothingHalfWrittenStays(home.resolve("a"));
        try (SessionFixture after = new SessionFixture(home)) {
            if (after.sessions.kept("a").isEmpty()) {
                assertThat(after.notice("a")).isEmpty();
                assertThat(after.session("a").checkpoints().checkpoints()).isEmpty();
                return "ended";
            }
            List<String> all = new ArrayList<>();
            all.add("main " + computer(after, ""));
            for (String fork : List.of("f1", "f2")) {
                String found = computer(after, fork);
                if (!found.isEmpty()) {
                    all.add(fork + " " + found);
                }
            }
            for (Checkpoint each : after.session("a").checkpoints().checkpoints()) {
                after.restore("a", each.id());
                all.add(each.id() + "=" + after.call("a").file());
            }
            return String.join(", ", all);
        }
    }

    private static String computer(SessionFixture after, String id) throws InterruptedException {
        try (SandboxLease lease =
                after.session("a").acquire(id, Lane.FREE, SessionFixture::nothing)) {
            String notice = lease.notice().orElse("nothing");
            FakeSandbox sandbox = (FakeSandbox) lease.sandbox();
            if (notice.startsWith("The computer was suspended")) {
                return "slept: " + sandbox.file();
            }
            assertThat(sandbox.content).isEmpty();
            return notice.replaceFirst("The sandbox was (.*); a new one.*", "$1");
        } catch (SessionException e) {
            String text = String.valueOf(e.getMessage());
            return text.startsWith("There is no computer")
                    ? ""
                    : text.replaceFirst("Computer f. was (.*); its variables.*", "$1");
        }
    }

    private static void assertNothingHalfWrittenStays(Path session) throws IOException {
        if (!Files.exists(session)) {
            return;
        }
        if (!Files.exists(session.resolve("session"))) {
            // A directory whose lock does not exist yet, or has been removed, is empty.
            assertThat(session).isEmptyDirectory();
            return;
        }
        List<String> sleepers =
                SessionFile.read(session.resolve("session")).suspended().stream()
                        .map(each -> each.computer().isEmpty() ? "main" : each.computer())
                        .toList();
        assertThat(names(session))
                .isSubsetOf("lock", "session", "checkpoints", "suspended", "refused");
        assertThat(names(session.resolve("refused"))).isSubsetOf("main", "f1", "f2");
        assertThat(names(session.resolve("suspended"))).hasSameElementsAs(sleepers);
        for (String id : names(session.resolve("checkpoints"))) {
            assertThat(names(session.resolve("checkpoints").resolve(id)))
                    .containsExactlyInAnyOrder("checkpoint", "state");
        }
    }

    private static List<String> names(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(directory)) {
            return all.map(each -> each.getFileName().toString()).toList();
        }
    }

    private static void write(SessionFixture fixture, String computer, String text)
            throws InterruptedException {
        fixture.call("a", computer).content.put("file", text.getBytes(UTF_8));
    }

    private static void suspend(SessionFixture fixture) {
        fixture.pass(SessionFixture.IDLE);
        fixture.sessions.sweep();
        await().until(() -> fixture.sessions.sandboxes() == 0);
        await().until(() -> state(fixture).equals("suspended"));
    }

    private static String state(SessionFixture fixture) {
        return fixture.session("a").computers().getFirst().state();
    }

    /** A computer with a checkpoint, which has changed since. */
    private static void saved(SessionFixture fixture) throws InterruptedException {
        write(fixture, "", "kept");
        fixture.checkpoint("a", "first");
        write(fixture, "", "later");
    }

    private static void savedAndAsleep(SessionFixture fixture) throws InterruptedException {
        saved(fixture);
        suspend(fixture);
    }

    @Test
    void theFirstSuspension() throws Exception {
        assertThat(found(fixture -> write(fixture, "", "kept"), KilledBetweenWritesTest::suspend))
                .containsExactly("ended", "main slept: kept");
    }

    @Test
    void aSuspension() throws Exception {
        assertThat(found(KilledBetweenWritesTest::saved, KilledBetweenWritesTest::suspend))
                .containsExactly(LOST + ", c1=kept", "main slept: later, c1=kept");
    }

    @Test
    void aSuspensionThatFails() throws Exception {
        assertThat(
                        found(
                                KilledBetweenWritesTest::saved,
                                fixture -> {
                                    FakeSandbox sandbox = fixture.call("a");
                                    sandbox.onceWritten(
                                            () -> {
                                                throw new IllegalStateException("broken");
                                            });
                                    fixture.pass(SessionFixture.IDLE);
                                    fixture.sessions.sweep();
                                    await().until(() -> sandbox.saves.get() == 2);
                                    assertThat(fixture.call("a")).isSameAs(sandbox);
                                }))
                .containsExactly(LOST + ", c1=kept");
    }

    @Test
    void aWake() throws Exception {
        Path home = temp.resolve("home");
        assertThat(
                        found(
                                KilledBetweenWritesTest::savedAndAsleep,
                                fixture -> {
                                    fixture.factory.prepare(sandbox -> machineRuns(home));
                                    write(fixture, "", "overtaken");
                                }))
                .containsExactly("main slept: later, c1=kept", LOST + ", c1=kept");
        assertThat(left).extracting(Left::before).contains("the machine runs");
    }

    /** Whatever follows, the disk never offers a state whose machine already runs. */
    private void machineRuns(Path home) {
        try {
            kill(home, "the machine runs");
            assertThat(SessionFile.read(home.resolve("a/session")).suspended()).isEmpty();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aWakeThatFails() throws Exception {
        assertThat(
                        found(
                                KilledBetweenWritesTest::savedAndAsleep,
                                fixture -> {
                                    fixture.factory.failWith("no memory");
                                    assertThatThrownBy(() -> fixture.call("a"))
                                            .isInstanceOf(SandboxStartException.class);
                                }))
                .containsExactly(
                        "main slept: later, c1=kept",
                        LOST + ", c1=kept",
                        "main slept: later, c1=kept");
    }

    @Test
    void aSleeperThatIsGivenUp() throws Exception {
        assertThat(
                        found(
                                fixture -> {
                                    savedAndAsleep(fixture);
                                    FileTree.delete(temp.resolve("home/a/suspended/main"));
                                    Files.createFile(temp.resolve("home/a/suspended/main"));
                                },
                                fixture -> fixture.call("a")))
                .last()
                .isEqualTo(LOST + ", c1=kept");
    }

    @Test
    void aRestoreOfAComputerThatSleeps() throws Exception {
        assertThat(
                        found(
                                KilledBetweenWritesTest::savedAndAsleep,
                                fixture -> fixture.restore("a", "c1")))
                .containsExactly("main slept: later, c1=kept", LOST + ", c1=kept");
    }

    @Test
    void aRestoreOfAComputerThatIsLost() throws Exception {
        assertThat(
                        found(
                                fixture -> {
                                    saved(fixture);
                                    fixture.call("a").die();
                                },
                                fixture -> fixture.restore("a", "c1")))
                .last()
                .isEqualTo(LOST + ", c1=kept");
    }

    @Test
    void aFork() throws Exception {
        assertThat(found(KilledBetweenWritesTest::saved, fixture -> fixture.fork("a")))
                .containsExactly(
                        LOST + ", c1=kept",
                        LOST + ", f1 lost because the server ended unexpectedly, c1=kept");
    }

    @Test
    void aForkOfAComputerThatSleeps() throws Exception {
        assertThat(found(KilledBetweenWritesTest::savedAndAsleep, fixture -> fixture.fork("a")))
                .containsExactly(
                        "main slept: later, c1=kept",
                        LOST + ", c1=kept",
                        LOST + ", f1 lost because the server ended unexpectedly, c1=kept");
    }

    @Test
    void theFirstCheckpoint() throws Exception {
        assertThat(
                        found(
                                fixture -> write(fixture, "", "kept"),
                                fixture -> fixture.checkpoint("a", "")))
                .containsExactly("ended", LOST + ", c1=kept");
    }

    @Test
    void aCheckpoint() throws Exception {
        assertThat(found(KilledBetweenWritesTest::saved, fixture -> fixture.checkpoint("a", "")))
                .containsExactly(LOST + ", c1=kept", LOST + ", c1=kept, c2=later");
    }

    @Test
    void theRemovalOfACheckpoint() throws Exception {
        assertThat(
                        found(
                                fixture -> {
                                    saved(fixture);
                                    fixture.checkpoint("a", "second");
                                },
                                fixture -> fixture.session("a").deleteCheckpoint("first")))
                .containsExactly(LOST + ", c1=kept, c2=later", LOST + ", c2=later");
    }

    @Test
    void theStopOfTheServer() throws Exception {
        String forkLost = ", f1 lost because the server ended unexpectedly";
        List<String> found =
                found(
                        fixture -> {
                            saved(fixture);
                            write(fixture, fixture.fork("a"), "of the fork");
                        },
                        fixture ->
                                assertThat(
                                                fixture.sessions.keep(
                                                        "a", SessionFixture.client("note of a")))
                                        .isTrue());
        assertThat(found).first().isEqualTo(LOST + forkLost + ", c1=kept");
        assertThat(found).last().isEqualTo("main slept: later, f1 slept: of the fork, c1=kept");
        // They are suspended in parallel, in any order, and none becomes live again.
        assertThat(new LinkedHashSet<>(found)).hasSameSizeAs(found);
        assertThat(found)
                .isSubsetOf(
                        found.getFirst(),
                        "main slept: later" + forkLost + ", c1=kept",
                        LOST + ", f1 slept: of the fork, c1=kept",
                        found.getLast());
    }

    @Test
    void theEndOfASession() throws Exception {
        assertThat(
                        found(
                                fixture -> {
                                    saved(fixture);
                                    fixture.fork("a");
                                },
                                fixture -> fixture.sessions.end("a")))
                .containsExactly(
                        LOST + ", f1 lost because the server ended unexpectedly, c1=kept", "ended");
    }

    @Test
    void theEndOfASessionThatSleeps() throws Exception {
        assertThat(
                        found(
                                KilledBetweenWritesTest::savedAndAsleep,
                                fixture -> fixture.sessions.end("a")))
                .containsExactly("main slept: later, c1=kept", "ended");
    }

    @Test
    void theEndOfALifetimeInSleep() throws Exception {
        assertThat(
                        found(
                                KilledBetweenWritesTest::savedAndAsleep,
                                fixture -> {
                                    fixture.pass(SessionFixture.LIFETIME);
                                    fixture.sessions.sweep();
                                }))
                .containsExactly(
                        "main slept: later, c1=kept",
                        "main closed at the end of its lifetime of 8 h, c1=kept");
    }
}
