package dev.microsandbox.mcp.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.session.computer.ComputerSummary;
import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.limits.CheckpointLimits;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.storage.FileTree;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Concurrent operations on a computer. */
@Timeout(60)
class ComputerRacesTest {

    private static final CheckpointLimits CHECKPOINTS = new CheckpointLimits(3, 1000);

    @TempDir Path directory;

    private static void awaitWaiting(Thread thread) {
        await().until(() -> thread.getState() == Thread.State.WAITING);
    }

    @Test
    void roomThatIsLongInComingHoldsUpNobodyElse() throws InterruptedException {
        PoolLimits pool = new PoolLimits(SandboxConfig.DEFAULT.withCpus(2), 1, 1);
        try (SessionFixture fixture = new SessionFixture(directory, CHECKPOINTS, pool)) {
            fixture.sessions.sweep();
            await().until(() -> fixture.factory.started.size() == 1);
            CountDownLatch gate = fixture.factory.last().holdClose();
            fixture.call("b");
            Thread caller = fixture.start(() -> fixture.call("a"));
            await().until(() -> !fixture.factory.started.getFirst().isAlive());
            awaitWaiting(caller);

            fixture.sessions.sweep();
            assertThat(fixture.session("a").computers())
                    .containsExactly(new ComputerSummary("", "not started"));
            assertThat(fixture.call("b").isAlive()).isTrue();
            gate.countDown();
            caller.join();
            assertThat(fixture.errors).isEmpty();
        }
    }

    @Test
    void aForkIsMadeOfAComputerThatFallsAsleep() throws InterruptedException {
        try (SessionFixture fixture = new SessionFixture(directory)) {
            FakeSandbox sandbox = fixture.call("a");
            sandbox.content.put("file", "kept".getBytes(UTF_8));
            CountDownLatch gate = sandbox.holdSaves();
            fixture.pass(SessionFixture.IDLE);
            fixture.sessions.sweep();
            await().until(() -> sandbox.saves.get() == 1);
            Thread forking = fixture.start(() -> fixture.fork("a"));
            awaitWaiting(forking);
            gate.countDown();
            forking.join();
            assertThat(fixture.errors).isEmpty();
            assertThat(fixture.call("a", "f1").content).containsKey("file");
            assertThat(fixture.call("a").content).containsKey("file");
            assertThat(fixture.sessions.sandboxes()).isEqualTo(2);
        }
    }

    @Test
    void theEndOfTheSessionEndsAForkThatIsBeingMade() throws InterruptedException {
        try (SessionFixture fixture = new SessionFixture(directory)) {
            fixture.call("a");
            CountDownLatch gate = fixture.factory.holdStarts();
            Thread forking = fixture.start(() -> fixture.fork("a"));
            await().until(() -> fixture.sessions.sandboxes() == 2);
            awaitWaiting(forking);
            fixture.sessions.end("a");
            forking.join();
            assertThat(gate.getCount()).isEqualTo(1);
            assertThat(fixture.errors).hasSize(1);
            await().until(() -> fixture.sessions.sandboxes() == 0);
            assertThat(directory).isEmptyDirectory();
        }
    }

    @Test
    void theEndOfTheSessionWaitsForACheckpointThatIsBeingWritten() throws InterruptedException {
        try (SessionFixture fixture = new SessionFixture(directory)) {
            FakeSandbox sandbox = fixture.call("a");
            CountDownLatch gate = sandbox.holdSaves();
            Thread saving = fixture.start(() -> fixture.checkpoint("a", ""));
            await().until(() -> sandbox.saves.get() == 1);
            Thread ending = fixture.start(() -> fixture.sessions.end("a"));
            await().until(sandbox::isClosed);
            awaitWaiting(ending);
            assertThat(directory.resolve("a")).exists();
            gate.countDown();
            ending.join();
            saving.join();
            assertThat(directory).isEmptyDirectory();
        }
    }

    @Test
    void aSandboxThatNeverRanIsNoLoss() throws InterruptedException {
        try (SessionFixture fixture = new SessionFixture(directory)) {
            CountDownLatch gate = fixture.factory.holdStarts();
            Thread impatient = fixture.start(() -> fixture.call("a"));
            awaitWaiting(impatient);
            impatient.interrupt();
            impatient.join();
            fixture.factory.failWith("no kernel");
            gate.countDown();
            await().until(() -> fixture.sessions.sandboxes() == 0);
            fixture.factory.failWith("");
            assertThat(fixture.notice("a")).isEmpty();
        }
    }

    @Test
    void allThatWaitForASleeperThatDoesNotWakeGetTheSameNewSandbox() throws Exception {
        try (SessionFixture fixture = new SessionFixture(directory)) {
            fixture.call("a");
            fixture.pass(SessionFixture.IDLE);
            fixture.sessions.sweep();
            await().until(() -> fixture.sessions.sandboxes() == 0);
            FileTree.delete(directory.resolve("a/suspended/main"));
            CountDownLatch gate = fixture.factory.holdStarts();
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                callers.add(fixture.start(() -> fixture.call("a")));
            }
            callers.forEach(ComputerRacesTest::awaitWaiting);
            gate.countDown();
            for (Thread caller : callers) {
                caller.join();
            }
            assertThat(fixture.errors).isEmpty();
            assertThat(fixture.factory.started).hasSize(2);
        }
    }

    @Test
    void limitsHoldForAllComputersOfASessionTogether() throws InterruptedException {
        try (SessionFixture fixture = new SessionFixture(directory)) {
            fixture.call("a");
            fixture.fork("a");
            fixture.fork("a");
            fixture.checkpoint("a", "first");
            fixture.checkpoint("a", "second");
            List<CountDownLatch> gates =
                    fixture.factory.started.stream().map(FakeSandbox::holdSaves).toList();
            List<Thread> savers =
                    List.of("", "f1", "f2").stream()
                            .map(
                                    computer ->
                                            fixture.start(
                                                    () ->
                                                            fixture.session("a")
                                                                    .checkpoint(
                                                                            computer,
                                                                            "",
                                                                            SessionFixture
                                                                                    ::nothing)))
                            .toList();
            await().until(() -> fixture.errors.size() == 2);
            gates.forEach(CountDownLatch::countDown);
            for (Thread saver : savers) {
                saver.join();
            }
            assertThat(fixture.errors)
                    .hasSize(2)
                    .allMatch(e -> String.valueOf(e.getMessage()).contains("as many as it may"));
            assertThat(fixture.session("a").checkpoints().checkpoints()).hasSize(3);
        }
    }

    /** Runs all operations concurrently, in any order. In the end nothing must be left. */
    @Test
    void whateverHappensNoRoomAndNoFileIsLost() throws InterruptedException {
        PoolLimits pool = new PoolLimits(SandboxConfig.DEFAULT, 1, 2);
        SessionFixture fixture = new SessionFixture(directory, CHECKPOINTS, pool);
        try (fixture) {
            CountDownLatch halfway = new CountDownLatch(6);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                int seed = i;
                threads.add(fixture.start(() -> useAtRandom(fixture, new Random(seed), halfway)));
            }
            halfway.await();
            fixture.sessions.close();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(fixture.errors).isEmpty();
        }
        await().until(() -> fixture.sessions.sandboxes() == 0);
        assertThat(fixture.factory.started).allMatch(FakeSandbox::isClosed);
        assertThat(directory).isEmptyDirectory();
    }

    private static void useAtRandom(SessionFixture fixture, Random random, CountDownLatch halfway)
            throws InterruptedException {
        for (int i = 0; i < 400; i++) {
            if (i == 300) {
                halfway.countDown();
            }
            String session = random.nextBoolean() ? "a" : "b";
            String computer = random.nextInt(3) == 0 ? "f1" : "";
            try {
                switch (random.nextInt(12)) {
                    case 0 -> fixture.checkpoint(session, "");
                    case 1 ->
                            fixture.session(session).restore(computer, "", SessionFixture::nothing);
                    case 2 -> fixture.fork(session);
                    case 3 -> fixture.session(session).forkOf("", SessionFixture::nothing);
                    case 4 -> fixture.call(session, computer).die();
                    case 5 ->
                            fixture.session(session)
                                    .deleteCheckpoint("c" + (1 + random.nextInt(30)));
                    case 6, 7 -> {
                        fixture.pass(SessionFixture.IDLE);
                        fixture.sessions.sweep();
                    }
                    default -> fixture.call(session, computer);
                }
            } catch (SessionException | SandboxException e) {
                // Operations may be refused or overtaken.
                assertThat(e.getMessage()).isNotBlank();
            }
            assertThat(fixture.sessions.sandboxes()).isBetween(0, 3);
        }
    }

    @Test
    void aRestoreThatTheEndOfTheSessionOvertakesFails() throws InterruptedException {
        try (SessionFixture fixture = new SessionFixture(directory)) {
            FakeSandbox sandbox = fixture.call("a");
            fixture.checkpoint("a", "");
            sandbox.die();
            FakeSandbox other = fixture.call("a");
            CountDownLatch gate = other.holdClose();
            Thread restoring = fixture.start(() -> fixture.restore("a", ""));
            // The new sandbox has replaced the old one by now, and the old one is being closed.
            await().until(() -> !other.isAlive());
            Thread ending = fixture.start(() -> fixture.sessions.end("a"));
            awaitWaiting(ending);
            gate.countDown();
            restoring.join();
            ending.join();
            assertThat(fixture.factory.started).allMatch(FakeSandbox::isClosed);
            assertThat(fixture.sessions.sandboxes()).isZero();
            assertThatThrownBy(() -> fixture.restore("a", ""))
                    .hasMessageContaining("no checkpoints");
        }
    }

    @Test
    void anIdleTimeInWhichSomebodyWaitsIsNone() throws InterruptedException {
        try (SessionFixture fixture = new SessionFixture(directory)) {
            FakeSandbox sandbox = fixture.call("a");
            try (SandboxLease lease =
                    fixture.session("a").acquire("", Lane.CODE, SessionFixture::nothing)) {
                Thread waiting =
                        fixture.start(
                                () ->
                                        fixture.session("a")
                                                .acquire("", Lane.CODE, SessionFixture::nothing)
                                                .close());
                awaitWaiting(waiting);
                fixture.pass(SessionFixture.IDLE.plus(Duration.ofHours(1)));
                fixture.sessions.sweep();
                assertThat(lease.sandbox()).isSameAs(sandbox);
                assertThat(sandbox.saves).hasValue(0);
            }
        }
    }
}
