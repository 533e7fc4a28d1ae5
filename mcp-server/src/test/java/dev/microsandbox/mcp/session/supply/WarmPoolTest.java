package dev.microsandbox.mcp.session.supply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.session.FakeSandbox;
import dev.microsandbox.mcp.session.SessionFixture;
import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.limits.CheckpointLimits;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.vmm.SandboxConfig;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sandboxes that are started before a session asks for them. The totals allow three sandboxes. */
@Timeout(30)
class WarmPoolTest {

    @TempDir Path directory;

    @SuppressWarnings("NullAway.Init") // each test opens its own
    private SessionFixture fixture;

    private void open(int size, int max) {
        fixture =
                new SessionFixture(
                        directory,
                        new CheckpointLimits(3, 1000),
                        new PoolLimits(SandboxConfig.DEFAULT, size, max));
    }

    /** Maintains the pool and waits until the given number of sandboxes has been started. */
    private void maintain(int started) {
        fixture.sessions.sweep();
        await().until(() -> fixture.factory.started.size() == started);
    }

    @AfterEach
    void close() {
        fixture.close();
        assertThat(fixture.factory.started).allMatch(FakeSandbox::isClosed);
        assertThat(fixture.sessions.sandboxes()).isZero();
    }

    @Test
    void aFirstCallFindsItsSandboxReadyAndTheNextOneIsMade() throws InterruptedException {
        open(1, 2);
        maintain(1);
        FakeSandbox ready = fixture.factory.last();
        assertThat(fixture.call("a")).isSameAs(ready);
        await().until(() -> fixture.factory.started.size() == 2);
        assertThat(fixture.call("b")).isSameAs(fixture.factory.started.get(1));
        assertThat(fixture.call("a")).isSameAs(ready);
    }

    @Test
    void isEmptyWhereNoneIsWanted() throws InterruptedException {
        open(0, 4);
        maintain(0);
        fixture.call("a");
        maintain(1);
    }

    @Test
    void aSessionsLifetimeBeginsWithTheSession() throws InterruptedException {
        open(1, 1);
        maintain(1);
        fixture.pass(SessionFixture.LIFETIME.multipliedBy(2));
        try (SandboxLease lease =
                fixture.session("a").acquire("", Lane.FREE, SessionFixture::nothing)) {
            assertThat(lease.remainingLifetime()).isEqualTo(SessionFixture.LIFETIME);
        }
    }

    @Test
    void oneThatStillStartsIsHandedOutRatherThanAnotherStarted() throws InterruptedException {
        open(1, 1);
        CountDownLatch gate = fixture.factory.holdStarts();
        fixture.sessions.sweep();
        await().until(() -> fixture.sessions.sandboxes() == 1);
        Thread caller = fixture.start(() -> fixture.call("a"));
        await().until(() -> caller.getState() == Thread.State.WAITING);
        assertThat(fixture.sessions.sandboxes()).isEqualTo(1);
        gate.countDown();
        caller.join();
        assertThat(fixture.errors).isEmpty();
        assertThat(fixture.call("a")).isIn(fixture.factory.started);
        maintain(2);
    }

    @Test
    void growsWithTheDemandAndShrinksWithoutIt() throws InterruptedException {
        open(1, 2);
        fixture.call("a"); // a miss
        maintain(3);
        assertThat(fixture.sessions.sandboxes()).isEqualTo(3);
        fixture.pass(WarmPool.DECAY);
        fixture.sessions.sweep();
        assertThat(fixture.sessions.sandboxes()).isEqualTo(2);
        fixture.pass(WarmPool.DECAY);
        fixture.sessions.sweep();
        assertThat(fixture.sessions.sandboxes()).isEqualTo(2);
    }

    @Test
    void givesWayToSessionsAtOnce() throws InterruptedException {
        open(2, 2);
        fixture.sessions.session("x", "large");
        maintain(2);
        FakeSandbox large;
        try (SandboxLease lease =
                fixture.sessions
                        .session("x", "large")
                        .acquire("", Lane.FREE, SessionFixture::nothing)) {
            large = (FakeSandbox) lease.sandbox();
        }
        assertThat(fixture.factory.started.subList(0, 2)).allMatch(FakeSandbox::isClosed);
        assertThat(large.isAlive()).isTrue();
        assertThat(fixture.sessions.sandboxes()).isEqualTo(1);
        assertThatThrownBy(() -> fixture.call("a")).hasMessageContaining("The server is full");
    }

    @Test
    void givesWayAlsoWhileItStarts() throws InterruptedException {
        open(3, 3);
        CountDownLatch gate = fixture.factory.holdStarts();
        fixture.sessions.sweep();
        await().until(() -> fixture.sessions.sandboxes() == 3);
        Thread caller =
                fixture.start(
                        () ->
                                fixture.sessions
                                        .session("x", "large")
                                        .acquire("", Lane.FREE, SessionFixture::nothing)
                                        .close());
        await().until(() -> fixture.sessions.sandboxes() == 1);
        gate.countDown();
        caller.join();
        assertThat(fixture.errors).isEmpty();
        assertThat(fixture.factory.started).hasSize(1);
    }

    @Test
    void isFilledAgainSomeTimeAfterItGaveWay() throws InterruptedException {
        open(1, 1);
        maintain(1);
        fixture.sessions.session("x", "large").acquire("", Lane.FREE, () -> {}).close();
        fixture.sessions.end("x");
        fixture.sessions.sweep();
        assertThat(fixture.sessions.sandboxes()).isZero();
        fixture.pass(WarmPool.PAUSE);
        maintain(3);
    }

    @Test
    void theDeadAreReplaced() throws InterruptedException {
        open(1, 1);
        maintain(1);
        fixture.factory.last().die();
        assertThat(fixture.call("a").isAlive()).isTrue();
        fixture.sessions.end("a");
        fixture.sessions.sweep();
        await().until(() -> fixture.factory.started.size() == 3);
        fixture.factory.last().die();
        maintain(4);
        assertThat(fixture.sessions.sandboxes()).isEqualTo(1);
    }

    @Test
    void startsThatFailAreNotRepeatedAtOnce() {
        open(1, 1);
        fixture.factory.failWith("no kernel");
        fixture.sessions.sweep();
        await().until(() -> fixture.sessions.sandboxes() == 0);
        fixture.factory.failWith("");
        fixture.sessions.sweep();
        fixture.sessions.sweep();
        assertThat(fixture.factory.started).isEmpty();
        fixture.pass(WarmPool.PAUSE);
        maintain(1);
    }

    private FakeSandbox medium(String session) throws InterruptedException {
        try (SandboxLease lease =
                fixture.sessions
                        .session(session, "medium")
                        .acquire("", Lane.FREE, SessionFixture::nothing)) {
            return (FakeSandbox) lease.sandbox();
        }
    }

    @Test
    void otherKindsAreKeptWhileTheyAreAskedFor() throws InterruptedException {
        open(1, 2);
        medium("x");
        fixture.sessions.end("x");
        maintain(3);
        FakeSandbox again = medium("y");
        assertThat(fixture.factory.started).hasSize(3).contains(again);
        fixture.sessions.end("y");
        maintain(4);
        assertThat(fixture.sessions.sandboxes()).isEqualTo(2);
        fixture.pass(WarmPool.DECAY);
        fixture.sessions.sweep();
        assertThat(fixture.sessions.sandboxes()).isEqualTo(1);
    }

    @Test
    void handsNoneOutTwice() throws InterruptedException {
        open(2, 3);
        for (int round = 0; round < 50; round++) {
            fixture.sessions.sweep();
            Set<FakeSandbox> given = ConcurrentHashMap.newKeySet();
            Thread[] callers = new Thread[3];
            for (int i = 0; i < callers.length; i++) {
                String id = "s" + round + "-" + i;
                callers[i] = fixture.start(() -> given.add(fixture.call(id)));
            }
            for (Thread caller : callers) {
                caller.join();
            }
            assertThat(fixture.errors).isEmpty();
            assertThat(new HashSet<>(given)).hasSize(3);
            for (int i = 0; i < callers.length; i++) {
                fixture.sessions.end("s" + round + "-" + i);
            }
            assertThat(given).allMatch(FakeSandbox::isClosed);
        }
    }
}
