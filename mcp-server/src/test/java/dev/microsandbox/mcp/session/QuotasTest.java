package dev.microsandbox.mcp.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.limits.CheckpointLimits;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.Quota;
import dev.microsandbox.mcp.session.limits.SandboxLimits;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.session.supply.Account;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxStartException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A namespace that takes all it can get, while another one works. */
@Timeout(30)
class QuotasTest {

    private static final SandboxLimits TOTALS = new SandboxLimits(40, 40L << 29);

    @TempDir Path directory;

    @SuppressWarnings("NullAway.Init") // each test opens its own
    private SessionFixture fixture;

    private void open(PoolLimits pool, Function<String, Quota> quotas) {
        fixture =
                new SessionFixture(directory, new CheckpointLimits(9, 1000), pool, TOTALS, quotas);
    }

    private void open(Quota quota) {
        open(PoolLimits.NONE, namespace -> namespace.equals("free") ? Quota.NONE : quota);
    }

    @AfterEach
    void close() {
        fixture.close();
        assertThat(fixture.sessions.sandboxes()).isZero();
        for (String namespace : List.of("team-a", "free")) {
            assertThat(account(namespace).sandboxes()).isZero();
            assertThat(account(namespace).cpus()).isZero();
            assertThat(account(namespace).memoryBytes()).isZero();
        }
    }

    private Account account(String namespace) {
        return fixture.sessions.tenant(namespace).supply().account();
    }

    private FakeSandbox call(String id, String namespace) throws InterruptedException {
        try (SandboxLease lease = acquire(id, namespace)) {
            return (FakeSandbox) lease.sandbox();
        }
    }

    private SandboxLease acquire(String id, String namespace) throws InterruptedException {
        return fixture.sessions
                .session(id, namespace)
                .acquire("", Lane.FREE, SessionFixture::nothing);
    }

    @Test
    void aQuotaThatChangesCountsAtOnce() throws InterruptedException {
        AtomicReference<Quota> quota = new AtomicReference<>(Quota.NONE.withSandboxes(1));
        open(PoolLimits.NONE, _ -> quota.get());
        call("a", "team-a");
        assertThatThrownBy(() -> call("b", "team-a"))
                .hasMessageContaining("1 of 1 sandboxes")
                .hasMessageContaining("quota.sandboxes");
        quota.set(Quota.NONE.withSandboxes(2));
        call("b", "team-a");
        quota.set(Quota.NONE.withSandboxes(1));
        call("a", "team-a");
        assertThatThrownBy(() -> call("c", "team-a")).hasMessageContaining("2 of 1 sandboxes");
        quota.set(Quota.NONE.withCallsPerMinute(1));
        fixture.sessions.countCall("team-a");
        assertThatThrownBy(() -> fixture.sessions.countCall("team-a"))
                .hasMessageContaining("quota.calls_per_minute");
        quota.set(Quota.NONE);
        fixture.sessions.countCall("team-a");
    }

    @Test
    void aNamespaceThatTakesAllLeavesTheOthersTheirs() throws InterruptedException {
        open(Quota.NONE.withSandboxes(2));
        List<FakeSandbox> taken = new ArrayList<>();
        List<String> denials = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            try {
                taken.add(call("a" + i, "team-a"));
            } catch (SessionException e) {
                denials.add(e.getMessage());
            }
        }
        assertThat(taken).hasSize(2);
        assertThat(denials)
                .hasSize(98)
                .containsOnly(
                        "Namespace 'team-a' has 2 of 2 sandboxes. End a session that needs its"
                                + " computer no longer, or try again in a minute: sandboxes are"
                                + " freed when their sessions end or idle. The server's operator"
                                + " can raise quota.sandboxes in namespaces/team-a.yaml.");
        assertThat(call("b", "free").isAlive()).isTrue();
        // Forks count as other computers do.
        assertThatThrownBy(
                        () ->
                                fixture.sessions
                                        .session("a0", "team-a")
                                        .fork("", SessionFixture::nothing))
                .hasMessageStartingWith("Namespace 'team-a' has 2 of 2 sandboxes.");
        fixture.sessions.end("a0");
        assertThat(call("a1", "team-a")).isSameAs(taken.get(1));
        assertThat(call("a99", "team-a").isAlive()).isTrue();
    }

    @Test
    void cpusAndMemoryAreCountedInTheirUnits() throws InterruptedException {
        open(Quota.NONE.withCpus(1));
        call("a", "team-a");
        assertThatThrownBy(() -> call("b", "team-a"))
                .hasMessageStartingWith(
                        "Namespace 'team-a' has 1 of 1 CPUs in use, and this sandbox needs 1. End a")
                .hasMessageEndingWith("can raise quota.cpus in namespaces/team-a.yaml.");
        fixture.close();
        open(Quota.NONE.withMemoryBytes(600L << 20));
        call("a", "team-a");
        assertThatThrownBy(() -> call("b", "team-a"))
                .hasMessageStartingWith(
                        "Namespace 'team-a' has 512 MiB of 600 MiB of memory in use, and this"
                                + " sandbox needs 512 MiB. End a");
    }

    @Test
    void theTotalsHoldForAllNamespacesAsBefore() throws InterruptedException {
        open(Quota.NONE.withSandboxes(100));
        for (int i = 0; i < 40; i++) {
            call("s" + i, i % 2 == 0 ? "team-a" : "free");
        }
        assertThatThrownBy(() -> call("last", "team-a"))
                .hasMessageStartingWith("The server is full: 40 sandboxes use 40 of 40 CPUs");
        assertThat(account("team-a").sandboxes()).isEqualTo(20);
    }

    @Test
    void racingCallsDoNotBothGetTheLastPlace() throws InterruptedException {
        open(Quota.NONE.withSandboxes(3));
        for (int round = 0; round < 20; round++) {
            AtomicInteger got = new AtomicInteger();
            CountDownLatch begin = new CountDownLatch(1);
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                String id = "s" + round + "-" + i;
                callers.add(
                        fixture.start(
                                () -> {
                                    begin.await();
                                    try {
                                        call(id, "team-a");
                                        got.incrementAndGet();
                                    } catch (SessionException e) {
                                        assertThat(e).hasMessageContaining("3 of 3 sandboxes");
                                    }
                                }));
            }
            begin.countDown();
            for (Thread caller : callers) {
                caller.join();
            }
            assertThat(fixture.errors).isEmpty();
            assertThat(got).hasValue(3);
            for (int i = 0; i < 24; i++) {
                fixture.sessions.end("s" + round + "-" + i);
            }
            assertThat(account("team-a").sandboxes()).isZero();
        }
    }

    @Test
    void aSuspendedComputerTakesNoSandboxAndIsRefusedAsAnyOtherWhenItWakes()
            throws InterruptedException {
        open(Quota.NONE.withSandboxes(1));
        FakeSandbox sandbox = call("a", "team-a");
        sandbox.putFile("kept");
        fixture.pass(SessionFixture.IDLE);
        fixture.sessions.sweep();
        await().until(() -> account("team-a").sandboxes() == 0);
        call("b", "team-a");
        assertThatThrownBy(() -> call("a", "team-a")).hasMessageContaining("1 of 1 sandboxes");
        fixture.sessions.end("b");
        assertThat(call("a", "team-a").file()).isEqualTo("kept");
        assertThat(account("team-a").sandboxes()).isEqualTo(1);
    }

    @Test
    void aSandboxThatDiesOrDoesNotStartIsCountedNoLonger() throws InterruptedException {
        open(Quota.NONE.withSandboxes(1));
        fixture.factory.failWith("no kernel");
        assertThatThrownBy(() -> call("a", "team-a")).isInstanceOf(SandboxStartException.class);
        assertThat(account("team-a").sandboxes()).isZero();
        fixture.factory.failWith("");
        call("a", "team-a").die();
        fixture.sessions.sweep();
        assertThat(account("team-a").sandboxes()).isZero();
        assertThat(call("a", "team-a").isAlive()).isTrue();
    }

    @Test
    void whatThePoolHasBelongsToNobodyUntilItIsTaken() throws InterruptedException {
        open(new PoolLimits(SandboxConfig.DEFAULT, 2, 2), namespace -> Quota.NONE.withSandboxes(1));
        fixture.sessions.sweep();
        await().until(() -> fixture.factory.started.size() == 2);
        assertThat(account("team-a").sandboxes()).isZero();
        FakeSandbox ready = call("a", "team-a");
        assertThat(List.copyOf(fixture.factory.started).subList(0, 2)).contains(ready);
        assertThat(account("team-a").sandboxes()).isEqualTo(1);
        // The refusal takes none out of the pool.
        int all = fixture.sessions.sandboxes();
        for (int i = 0; i < 20; i++) {
            String id = "b" + i;
            assertThatThrownBy(() -> call(id, "team-a")).hasMessageContaining("1 of 1");
        }
        assertThat(fixture.sessions.sandboxes()).isEqualTo(all);
        assertThat(call("c", "free")).isIn(fixture.factory.started);
    }

    @Test
    void aPoolsSandboxThatFailsAfterItIsTakenIsCountedNoLonger() throws InterruptedException {
        open(new PoolLimits(SandboxConfig.DEFAULT, 1, 1), namespace -> Quota.NONE.withSandboxes(1));
        CountDownLatch gate = fixture.factory.holdStarts();
        fixture.sessions.sweep();
        await().until(() -> fixture.sessions.sandboxes() == 1);
        Thread caller = fixture.start(() -> call("a", "team-a"));
        await().until(() -> account("team-a").sandboxes() == 1);
        fixture.factory.failWith("no kernel");
        gate.countDown();
        caller.join();
        assertThat(fixture.errors).hasSize(1);
        assertThat(account("team-a").sandboxes()).isZero();
    }

    /** Waits until the pool has its only sandbox ready, and returns it. */
    private FakeSandbox ready() {
        fixture.sessions.sweep();
        await().until(
                        () ->
                                fixture.factory.running() == fixture.sessions.sandboxes()
                                        && fixture.factory.running()
                                                == 1
                                                        + account("team-a").sandboxes()
                                                        + account("free").sandboxes());
        return fixture.factory.last();
    }

    /** One namespace opens session after session; the other still finds its computer ready. */
    @Test
    void noNamespaceDrainsThePool() throws InterruptedException {
        open(new PoolLimits(SandboxConfig.DEFAULT, 1, 1), namespace -> Quota.NONE);
        call("b", "free");
        for (int round = 0; round < 3; round++) {
            fixture.pass(Duration.ofSeconds(1));
            FakeSandbox first = ready();
            assertThat(call("a" + round, "team-a")).isSameAs(first);
            FakeSandbox second = ready();
            for (int i = 0; i < 3; i++) {
                assertThat(call("a" + round + "-" + i, "team-a")).isNotSameAs(second);
            }
            fixture.pass(Duration.ofSeconds(1));
            assertThat(call("b" + round, "free")).isSameAs(second);
        }
    }

    /** Calls that find no room, whatever the pool gives up, leave the pool alone. */
    @Test
    void aRefusedCallDoesNotEmptyThePool() throws InterruptedException {
        fixture =
                new SessionFixture(
                        directory,
                        new CheckpointLimits(9, 1000),
                        new PoolLimits(SandboxConfig.DEFAULT, 1, 1),
                        new SandboxLimits(3, 3L << 29),
                        namespace -> Quota.NONE);
        call("a", "free");
        fixture.sessions.sweep();
        await().until(() -> fixture.factory.started.size() == 2);
        FakeSandbox ready = fixture.factory.last();
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> call("x", "large")).hasMessageStartingWith("The server is");
        }
        assertThat(ready.isClosed()).isFalse();
        assertThat(call("b", "team-a")).isSameAs(ready);
    }

    /** Starts of one namespace wait for one another, and not those of others. */
    @Test
    void aStormOfStartsKeepsNobodyElseWaiting() throws InterruptedException {
        open(Quota.NONE);
        CountDownLatch hold = fixture.factory.holdStarts();
        List<Thread> storm = new ArrayList<>();
        for (int i = 0; i < Account.STARTS + 10; i++) {
            String id = "a" + i;
            storm.add(fixture.start(() -> call(id, "team-a")));
        }
        await().until(() -> account("team-a").sandboxes() == Account.STARTS + 10);
        await().until(() -> fixture.factory.starting.get() == Account.STARTS);
        storm.add(fixture.start(() -> call("b", "free")));
        await().until(() -> fixture.factory.starting.get() == Account.STARTS + 1);
        hold.countDown();
        for (Thread thread : storm) {
            thread.join();
        }
        assertThat(fixture.errors).isEmpty();
    }

    @Test
    void callsAreCountedByTheMinute() throws InterruptedException {
        open(Quota.NONE.withCallsPerMinute(6));
        for (int i = 0; i < 6; i++) {
            fixture.sessions.countCall("team-a");
        }
        assertThatThrownBy(() -> fixture.sessions.countCall("team-a"))
                .isInstanceOf(SessionException.class)
                .hasMessage(
                        "Namespace 'team-a' has made the 6 calls that it may make in a minute. The"
                                + " call did nothing. Try again in 10 s. The server's operator can"
                                + " raise quota.calls_per_minute in namespaces/team-a.yaml.");
        fixture.sessions.countCall("free");
        fixture.pass(Duration.ofSeconds(10));
        fixture.sessions.countCall("team-a");
        assertThatThrownBy(() -> fixture.sessions.countCall("team-a"))
                .hasMessageContaining("Try again in 10 s.");
        fixture.pass(Duration.ofMinutes(5));
        for (int i = 0; i < 6; i++) {
            fixture.sessions.countCall("team-a");
        }
        assertThatThrownBy(() -> fixture.sessions.countCall("team-a"))
                .hasMessageContaining("the 6 calls");
    }
}
