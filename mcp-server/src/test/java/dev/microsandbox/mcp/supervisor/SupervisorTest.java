package dev.microsandbox.mcp.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.front.NoWorkerException;
import dev.microsandbox.mcp.front.Worker;
import dev.microsandbox.mcp.seam.ToFront;
import dev.microsandbox.mcp.seam.ToWorker;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SupervisorTest {

    private static final long MIB = 1 << 20;

    private final FakeWorkers workers = new FakeWorkers();
    private final Totals totals = new Totals(4, 1000 * MIB, 2, Duration.ofMillis(200));
    private final Set<String> invalid = ConcurrentHashMap.newKeySet();
    private Supervisor supervisor = supervisor(Duration.ofHours(1), Duration.ofHours(1));

    private Supervisor supervisor(Duration idle, Duration silence) {
        return new Supervisor(
                workers,
                totals,
                namespace -> "of " + namespace,
                (_, key) -> !invalid.contains(key),
                new SupervisorSettings(
                        Duration.ofSeconds(5),
                        idle,
                        silence,
                        Duration.ofMillis(500),
                        Duration.ofMinutes(1),
                        100 * MIB));
    }

    @AfterEach
    void close() {
        supervisor.close();
    }

    private FakeWorkers.FakeWorker last() {
        return workers.started.getLast();
    }

    @Test
    void requestsThatComeTogetherShareOneWorker() throws Exception {
        List<Worker> got = new CopyOnWriteArrayList<>();
        List<Thread> callers =
                List.of(1, 2, 3, 4).stream()
                        .map(
                                _ ->
                                        Thread.ofVirtual()
                                                .start(
                                                        () -> {
                                                            try {
                                                                got.add(supervisor.worker("a"));
                                                            } catch (Exception e) {
                                                                throw new AssertionError(e);
                                                            }
                                                        }))
                        .toList();
        for (Thread caller : callers) {
            caller.join();
        }
        assertThat(got).hasSize(4).allMatch(one -> one.equals(got.getFirst()));
        assertThat(workers.started).hasSize(1);
        assertThat(last().received).first().isEqualTo(new ToWorker.Configure("of a"));
        assertThat(supervisor.running("a")).isPresent();
        assertThat(supervisor.running("b")).isEmpty();
    }

    @Test
    void aDeadWorkerIsReplacedAtOnceAndThenLaterAndLater() throws Exception {
        Worker first = supervisor.worker("a");
        last().end(137);
        assertThat(first.isAlive()).isFalse();
        Worker second = supervisor.worker("a");
        assertThat(second).isNotEqualTo(first);
        last().end(137);
        assertThatThrownBy(() -> supervisor.worker("a"))
                .isInstanceOfSatisfying(
                        NoWorkerException.class,
                        e -> assertThat(e.retryAfter()).isLessThan(Duration.ofSeconds(3)))
                .hasMessageContaining("has ended several times");
        assertThat(supervisor.worker("b")).as("another namespace's").isNotNull();
        await().atMost(Duration.ofSeconds(10))
                .ignoreExceptionsInstanceOf(NoWorkerException.class)
                .until(() -> supervisor.worker("a").isAlive());
    }

    @Test
    void theDeathOfAWorkerFreesWhatItHeld() throws Exception {
        supervisor.worker("a");
        last().say(new ToFront.Reserve(1, 3, 100 * MIB, false));
        await().until(() -> last().got(ToWorker.Granted.class).size() == 1);
        assertThat(totals.use().memoryInUse()).isEqualTo(200 * MIB);
        last().end(137);
        await().until(() -> totals.use().memoryInUse() == 0 && totals.use().cpusInUse() == 0);
    }

    @Test
    void aWorkerIsToldWhyItGetsNothing() throws Exception {
        supervisor.worker("a");
        last().say(new ToFront.Reserve(7, 5, 100 * MIB, false));
        await().until(() -> !last().got(ToWorker.Refused.class).isEmpty());
        assertThat(last().got(ToWorker.Refused.class))
                .containsExactly(new ToWorker.Refused(7, 0, 0, 4, 100 * MIB, 1000 * MIB));
    }

    @Test
    void whoDoesNotStartIsReportedAndCostsNothing() {
        workers.prepared = worker -> worker.refused = "no";
        assertThatThrownBy(() -> supervisor.worker("a"))
                .isInstanceOf(NoWorkerException.class)
                .hasMessageContaining("did not start");
        assertThat(totals.use().memoryInUse()).isZero();
    }

    @Test
    void whoIsFullSaysSo() throws Exception {
        for (int i = 0; i < 10; i++) {
            supervisor.worker("n" + i);
        }
        assertThatThrownBy(() -> supervisor.worker("one-too-many"))
                .isInstanceOf(NoWorkerException.class)
                .hasMessageContaining("MICROSANDBOX_MEMORY_LIMIT");
        assertThat(workers.started).hasSize(10);
    }

    @Test
    void anIdleWorkerEndsAndTheNextRequestGetsAnother() throws Exception {
        supervisor = supervisor(Duration.ofMillis(50), Duration.ofHours(1));
        supervisor.worker("a");
        FakeWorkers.FakeWorker first = last();
        first.say(new ToFront.State(1, 1, 0));
        await().during(Duration.ofMillis(300))
                .atMost(Duration.ofSeconds(5))
                .until(
                        () -> {
                            supervisor.check();
                            return first.got(ToWorker.Stop.class).isEmpty();
                        });
        first.say(new ToFront.State(1, 0, 0));
        await().until(
                        () -> {
                            supervisor.check();
                            return first.exit().isDone();
                        });
        assertThat(first.got(ToWorker.Stop.class)).containsExactly(new ToWorker.Stop(true));
        assertThat(supervisor.running("a")).isEmpty();
        assertThat(supervisor.worker("a").isAlive()).isTrue();
        assertThat(workers.started).hasSize(2);
    }

    @Test
    void whoDoesNotAnswerIsKilled() throws Exception {
        supervisor = supervisor(Duration.ofHours(1), Duration.ofMillis(100));
        workers.prepared = worker -> worker.answersPings = false;
        supervisor.worker("a");
        await().until(
                        () -> {
                            supervisor.check();
                            return last().exit().isDone();
                        });
        assertThat(last().exit().get()).isEqualTo(137);
    }

    @Test
    void aWorkerHearsOfTheEndOfAKeyOnce() throws Exception {
        supervisor.worker("a");
        last().say(new ToFront.Watch("key1"));
        last().say(new ToFront.Watch("key2"));
        last().say(new ToFront.Taken(1));
        invalid.add("key1");
        await().until(
                        () -> {
                            supervisor.check();
                            return !last().got(ToWorker.KeyEnded.class).isEmpty();
                        });
        supervisor.check();
        assertThat(last().got(ToWorker.KeyEnded.class))
                .containsExactly(new ToWorker.KeyEnded("key1"));
    }

    @Test
    void aNamespaceThatIsNoMoreLosesItsWorker() throws Exception {
        supervisor.worker("a");
        supervisor.worker("b");
        supervisor.retain(Set.of("b"));
        FakeWorkers.FakeWorker gone = workers.started.getFirst();
        await().until(() -> gone.exit().isDone());
        assertThat(supervisor.running("b")).isPresent();
    }

    @Test
    void changedSettingsReachTheWorkers() throws Exception {
        supervisor.worker("a");
        supervisor.configure();
        await().until(() -> last().got(ToWorker.Configure.class).size() == 2);
    }

    @Test
    void whoBreaksTheProtocolIsKilledAlone() throws Exception {
        workers.prepared = worker -> worker.becomesReady = worker.namespace.equals("good");
        supervisor.worker("good");
        assertThatThrownBy(
                        () -> {
                            Thread odd =
                                    Thread.ofVirtual()
                                            .start(
                                                    () -> {
                                                        await().until(
                                                                        () ->
                                                                                workers.started
                                                                                                .size()
                                                                                        == 2);
                                                        try {
                                                            last().say(new ToFront.Ready(99));
                                                        } catch (java.io.IOException e) {
                                                            throw new AssertionError(e);
                                                        }
                                                    });
                            supervisor.worker("odd");
                            odd.join();
                        })
                .isInstanceOf(NoWorkerException.class);
        assertThat(last().exit().get()).isEqualTo(137);
        assertThat(supervisor.running("good")).isPresent();
    }

    /** It closes its connection before it ends, and the front may be about to ask how it is. */
    @Test
    void whoIsEndingIsNotKilled() throws Exception {
        supervisor.worker("a");
        FakeWorkers.FakeWorker ending = last();
        ending.hangUp();
        supervisor.check();
        supervisor.configure();
        await().during(Duration.ofMillis(300))
                .atMost(Duration.ofSeconds(5))
                .until(() -> !ending.exit().isDone());
        ending.end(0);
        assertThat(ending.exit().get()).isZero();
    }

    @Test
    void aStopWaitsForTheWorkersAndKillsThoseThatStay() throws Exception {
        workers.prepared = worker -> worker.obeysStop = worker.namespace.equals("good");
        supervisor.worker("good");
        supervisor.worker("bad");
        supervisor.close();
        assertThat(workers.started.getFirst().exit().get()).isZero();
        assertThat(workers.started.getLast().exit().get()).isEqualTo(137);
        assertThatThrownBy(() -> supervisor.worker("good"))
                .isInstanceOf(NoWorkerException.class)
                .hasMessageContaining("stopping");
    }
}
