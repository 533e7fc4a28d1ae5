package dev.microsandbox.mcp.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.session.computer.Lane;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.computer.SessionClock;
import dev.microsandbox.mcp.session.limits.Lifespan;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.SandboxLimits;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.session.limits.Terms;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxLostException;
import dev.microsandbox.vmm.SandboxStartException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SandboxSessionsTest {

    private static final Duration IDLE = Duration.ofMinutes(15);
    private static final Duration LIFETIME = Duration.ofHours(8);

    private final FakeFactory factory = new FakeFactory();
    private final AtomicLong clock = new AtomicLong();
    private final SandboxSessions sessions =
            new SandboxSessions(
                    factory,
                    _ -> Terms.DEFAULT.withLifespan(new Lifespan(IDLE, LIFETIME, false)),
                    new SandboxLimits(2, 1L << 30),
                    PoolLimits.NONE,
                    Path.of("target/no-sessions"),
                    new SessionClock(clock::get, InstantSource.system()));

    @AfterEach
    void close() {
        sessions.close();
    }

    @Test
    void aSessionKeepsItsSandbox() throws InterruptedException {
        Sandbox first = call("a");
        assertThat(call("a")).isSameAs(first);
        assertThat(call("b")).isNotSameAs(first);
        assertThat(factory.started).hasSize(2);
    }

    @Test
    void saysThatTheSandboxStarts() throws InterruptedException {
        CountDownLatch gate = factory.holdStarts();
        AtomicInteger told = new AtomicInteger();
        Thread caller =
                start(
                        () -> {
                            try (SandboxLease lease =
                                    sessions.session("a", "default")
                                            .acquire("", Lane.FREE, told::incrementAndGet)) {
                                assertThat(lease.notice()).isEmpty();
                            }
                        });
        await().until(() -> told.get() == 1);
        gate.countDown();
        caller.join();
        assertThat(factory.started).hasSize(1);
    }

    @Test
    void closesTheSandboxWithTheSession() throws InterruptedException {
        call("a");
        sessions.end("a");
        assertThat(factory.last().isClosed()).isTrue();
        assertThat(sessions.sandboxes()).isZero();
    }

    @Test
    void closesASandboxThatStillStartsWhenItsSessionEnds() throws InterruptedException {
        factory.holdStarts();
        List<Throwable> errors = Collections.synchronizedList(new ArrayList<>());
        Thread caller = start(() -> call("a"), errors);
        await().until(() -> sessions.sandboxes() == 1);
        sessions.end("a");
        caller.join();
        assertThat(errors).singleElement().isInstanceOf(SandboxStartException.class);
        await().until(() -> sessions.sandboxes() == 0);
        assertThat(factory.started).isEmpty();
    }

    @Test
    void closesAnIdleSandboxAndTellsTheNextCallOnce() throws InterruptedException {
        call("a");
        clock.addAndGet(IDLE.toNanos() - 1);
        sessions.sweep();
        assertThat(factory.last().isClosed()).isFalse();

        clock.addAndGet(1);
        sessions.sweep();
        assertThat(factory.last().isClosed()).isTrue();
        assertThat(sessions.sandboxes()).isZero();

        assertThat(notice("a"))
                .isEqualTo(
                        "The sandbox was closed after 15 min without a call; a new one was"
                                + " started. Earlier variables, files and processes are gone.");
        assertThat(notice("a")).isEmpty();
    }

    @Test
    void aCallKeepsItsSandboxFromIdling() throws InterruptedException {
        try (SandboxLease lease =
                sessions.session("a", "default")
                        .acquire("", Lane.FREE, SandboxSessionsTest::nothing)) {
            clock.addAndGet(IDLE.toNanos() * 2);
            sessions.sweep();
            assertThat(lease.sandbox().isAlive()).isTrue();
        }
        sessions.sweep();
        assertThat(factory.last().isAlive()).isTrue();
    }

    @Test
    void closesASandboxAtTheEndOfItsLifetimeWhateverItDoes() throws InterruptedException {
        try (SandboxLease lease =
                sessions.session("a", "default")
                        .acquire("", Lane.FREE, SandboxSessionsTest::nothing)) {
            assertThat(lease.remainingLifetime()).isEqualTo(LIFETIME);
            clock.addAndGet(LIFETIME.toNanos());
            sessions.sweep();
            assertThat(lease.sandbox().isAlive()).isFalse();
            SandboxLostException lost = lease.lost(new SandboxLostException("closed"));
            assertThat(lost).hasMessageContaining("at the end of its lifetime of 8 h");
        }
        assertThat(notice("a")).contains("lifetime of 8 h");
    }

    @Test
    void aDeathUnderACallIsSaidThereAndToTheNextCall() throws InterruptedException {
        try (SandboxLease lease =
                sessions.session("a", "default")
                        .acquire("", Lane.CODE, SandboxSessionsTest::nothing)) {
            factory.last().die();
            assertThat(lease.lost(new SandboxLostException("killed by signal 9")))
                    .hasMessageStartingWith(
                            "The sandbox died during this call: killed by signal 9");
        }
        assertThat(notice("a")).startsWith("The sandbox died (killed by signal 9); a new one");
        assertThat(factory.started).hasSize(2);
        assertThat(sessions.sandboxes()).isEqualTo(1);
    }

    @Test
    void aDeathBetweenCallsIsSaidToTheNext() throws InterruptedException {
        call("a");
        factory.last().die();
        assertThat(notice("a")).startsWith("The sandbox ended unexpectedly; a new one was started");
    }

    @Test
    void theSweepFreesWhatADeadSandboxHeld() throws InterruptedException {
        call("a");
        factory.last().die();
        sessions.sweep();
        assertThat(sessions.sandboxes()).isZero();
    }

    @Test
    void neverExceedsItsTotals() throws InterruptedException {
        call("a");
        call("b");
        assertThatThrownBy(() -> call("c"))
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("2 sandboxes use 2 of 2 CPUs and 1 GiB of 1 GiB")
                .hasMessageContaining("Try again");
        sessions.end("a");
        assertThat(call("c").isAlive()).isTrue();
    }

    @Test
    void aStartThatFailsFreesItsShareAndIsTriedAgain() throws InterruptedException {
        factory.failWith("no kernel");
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> call("a"))
                    .isInstanceOf(SandboxStartException.class)
                    .hasMessage("no kernel");
        }
        factory.failWith("");
        assertThat(call("a").isAlive()).isTrue();
    }

    @Test
    void codeQueuesInOrderOfArrivalWhileOtherCallsGoThrough() throws InterruptedException {
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        List<Thread> callers = new ArrayList<>();
        try (SandboxLease first =
                sessions.session("a", "default")
                        .acquire("", Lane.CODE, SandboxSessionsTest::nothing)) {
            for (int i = 0; i < 5; i++) {
                int number = i;
                Thread caller =
                        start(
                                () -> {
                                    try (var _ =
                                            sessions.session("a", "default")
                                                    .acquire(
                                                            "",
                                                            Lane.CODE,
                                                            SandboxSessionsTest::nothing)) {
                                        order.add(number);
                                    }
                                });
                await().until(() -> caller.getState() == Thread.State.WAITING);
                callers.add(caller);
            }
            try (var free =
                            sessions.session("a", "default")
                                    .acquire("", Lane.FREE, SandboxSessionsTest::nothing);
                    var files =
                            sessions.session("a", "default")
                                    .acquire("", Lane.FILES, SandboxSessionsTest::nothing)) {
                assertThat(free.sandbox()).isSameAs(files.sandbox()).isSameAs(first.sandbox());
            }
            assertThat(order).isEmpty();
        }
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(order).containsExactly(0, 1, 2, 3, 4);
    }

    @Test
    void refusesAnEndlessQueue() throws InterruptedException {
        List<Thread> callers = new ArrayList<>();
        try (SandboxLease first =
                sessions.session("a", "default")
                        .acquire("", Lane.CODE, SandboxSessionsTest::nothing)) {
            for (int i = 0; i < Lane.MAX_WAITING; i++) {
                Thread caller =
                        start(
                                () ->
                                        sessions.session("a", "default")
                                                .acquire(
                                                        "",
                                                        Lane.CODE,
                                                        SandboxSessionsTest::nothing));
                await().until(() -> caller.getState() == Thread.State.WAITING);
                callers.add(caller);
            }
            assertThatThrownBy(
                            () ->
                                    sessions.session("a", "default")
                                            .acquire("", Lane.CODE, SandboxSessionsTest::nothing))
                    .isInstanceOf(SessionException.class)
                    .hasMessageContaining("wait already");
            assertThat(first.sandbox().isAlive()).isTrue();
            callers.forEach(Thread::interrupt);
            for (Thread caller : callers) {
                caller.join();
            }
        }
        assertThat(call("a").isAlive()).isTrue();
    }

    @Test
    void aCallerThatGivesUpLeavesTheStartToTheOthers() throws InterruptedException {
        CountDownLatch gate = factory.holdStarts();
        Thread impatient = start(() -> call("a"), new ArrayList<>());
        await().until(() -> sessions.sandboxes() == 1);
        impatient.interrupt();
        impatient.join();
        gate.countDown();
        call("a");
        assertThat(factory.started).hasSize(1);
    }

    @Test
    void theStopClosesEverythingAndRefusesNewCalls() throws InterruptedException {
        call("a");
        call("b");
        sessions.close();
        assertThat(factory.started).allMatch(FakeSandbox::isClosed);
        assertThatThrownBy(() -> call("c")).hasMessage("The server is stopping.");
        assertThat(sessions.sandboxes()).isZero();
    }

    private Sandbox call(String session) throws InterruptedException {
        try (SandboxLease lease =
                sessions.session(session, "default")
                        .acquire("", Lane.FREE, SandboxSessionsTest::nothing)) {
            return lease.sandbox();
        }
    }

    private String notice(String session) throws InterruptedException {
        try (SandboxLease lease =
                sessions.session(session, "default")
                        .acquire("", Lane.FREE, SandboxSessionsTest::nothing)) {
            return lease.notice().orElse("");
        }
    }

    private static void nothing() {}

    private interface Action {
        void run() throws InterruptedException;
    }

    private static Thread start(Action action) {
        return start(action, new ArrayList<>());
    }

    private static Thread start(Action action, List<Throwable> errors) {
        return Thread.ofPlatform()
                .start(
                        () -> {
                            try {
                                action.run();
                            } catch (InterruptedException | RuntimeException e) {
                                errors.add(e);
                            }
                        });
    }
}
