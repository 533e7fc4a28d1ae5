package dev.microsandbox.mcp.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.mcp.SeededCases;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TotalsTest {

    private static final long MIB = 1 << 20;
    private static final long OWN = 100 * MIB;
    private static final Duration MOMENT = Duration.ofMillis(200);

    private final Totals totals = new Totals(4, 1000 * MIB, 2, MOMENT);

    private Totals.Holdings open(Runnable evict) throws InterruptedException {
        return totals.open(OWN, evict).orElseThrow();
    }

    private Totals.Holdings open() throws InterruptedException {
        return open(() -> {});
    }

    @Test
    void aWorkersOwnMemoryCountsUntilItEnds() throws Exception {
        Totals.Holdings first = open();
        assertThat(totals.use().memoryInUse()).isEqualTo(OWN);
        assertThat(first.reserve(1, 1, 900 * MIB)).isTrue();
        assertThat(totals.open(OWN, () -> {})).isEmpty();
        first.close();
        assertThat(totals.use()).isEqualTo(new Totals.Use(0, 0, 4, 0, 1000 * MIB));
        assertThat(totals.open(OWN, () -> {})).isPresent();
    }

    @Test
    void neitherTotalIsExceeded() throws Exception {
        Totals.Holdings first = open();
        Totals.Holdings second = open();
        assertThat(first.reserve(1, 3, MIB)).isTrue();
        assertThat(second.reserve(1, 2, MIB)).isFalse();
        assertThat(second.reserve(2, 1, 800 * MIB)).isFalse();
        assertThat(second.reserve(3, 1, MIB)).isTrue();
        first.release(1);
        assertThat(second.reserve(4, 3, MIB)).isTrue();
    }

    /** Otherwise anybody could hold any number of grants. */
    @Test
    void aSandboxOfNothingIsNotGranted() throws Exception {
        Totals.Holdings worker = open();
        assertThat(worker.reserve(1, 0, 512 * MIB)).isFalse();
        assertThat(worker.reserve(2, 1, 0)).isFalse();
        assertThat(worker.reserve(3, -1, 512 * MIB)).isFalse();
        assertThat(worker.reserve(4, 1, Long.MIN_VALUE)).isFalse();
        assertThat(worker.reserve(5, Integer.MAX_VALUE, 512 * MIB)).isFalse();
        assertThat(worker.reserve(6, 1, Long.MAX_VALUE)).isFalse();
        assertThat(worker.reserveReady(7, 1, 0)).isFalse();
        assertThat(totals.use().sandboxes()).isZero();
    }

    @Test
    void aGrantIsNamedOnce() throws Exception {
        Totals.Holdings worker = open();
        assertThat(worker.reserve(1, 1, MIB)).isTrue();
        assertThat(worker.reserve(1, 1, MIB)).isFalse();
        worker.release(1);
        worker.release(1);
        worker.release(99);
        worker.taken(99);
        assertThat(totals.use().cpusInUse()).isZero();
    }

    @Test
    void aSessionGetsTheRoomOfAReadySandbox() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Totals patient = new Totals(4, 1000 * MIB, 2, Duration.ofSeconds(30));
        Totals.Holdings rich = patient.open(OWN, asked::incrementAndGet).orElseThrow();
        Totals.Holdings poor = patient.open(OWN, () -> {}).orElseThrow();
        assertThat(rich.reserveReady(1, 2, MIB)).isTrue();
        assertThat(rich.reserve(2, 2, MIB)).isTrue();
        CompletableFuture<Boolean> granted = new CompletableFuture<>();
        Thread waiter =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        boolean _ = granted.complete(poor.reserve(1, 1, MIB));
                                    } catch (InterruptedException e) {
                                        boolean _ = granted.completeExceptionally(e);
                                    }
                                });
        await().until(() -> asked.get() == 1);
        rich.release(1);
        assertThat(granted.get(10, TimeUnit.SECONDS)).isTrue();
        waiter.join();
        assertThat(asked).hasValue(1);
    }

    /** A worker that takes no orders costs the others a moment, and no room that is free. */
    @Test
    void whoGivesNothingBackIsWaitedForOnce() throws Exception {
        Totals.Holdings stubborn = open();
        Totals.Holdings other = open();
        assertThat(stubborn.reserveReady(1, 4, MIB)).isTrue();
        long begin = System.nanoTime();
        assertThat(other.reserve(1, 1, MIB)).isFalse();
        assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(MOMENT.toNanos());
        stubborn.close();
        assertThat(other.reserve(2, 4, MIB)).isTrue();
    }

    /** Nothing is closed for somebody whom it would not help. */
    @Test
    void thePoolIsNotEmptiedInVain() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Totals.Holdings rich = open(asked::incrementAndGet);
        assertThat(rich.reserveReady(1, 1, MIB)).isTrue();
        assertThat(rich.reserve(2, 3, MIB)).isTrue();
        assertThat(open().reserve(1, 2, MIB)).isFalse();
        assertThat(asked).hasValue(0);
    }

    @Test
    void aTakenSandboxIsNobodysToGive() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Totals.Holdings worker = open(asked::incrementAndGet);
        assertThat(worker.reserveReady(1, 4, MIB)).isTrue();
        worker.taken(1);
        assertThat(open().reserve(1, 1, MIB)).isFalse();
        assertThat(asked).hasValue(0);
        worker.release(1);
        assertThat(totals.use().cpusInUse()).isZero();
    }

    @Test
    void thePoolHasAPlaceForEachWorker() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        Totals.Holdings rich = open(asked::incrementAndGet);
        Totals.Holdings second = open();
        assertThat(rich.reserveReady(1, 1, MIB)).isTrue();
        assertThat(rich.reserveReady(2, 1, MIB)).isTrue();
        // Both places are taken, but one worker has two.
        assertThat(second.reserveReady(1, 1, MIB)).isFalse();
        assertThat(asked).hasValue(1);
        rich.release(2);
        assertThat(second.reserveReady(2, 1, MIB)).isTrue();
        // A third worker makes the pool larger than it would be.
        assertThat(open().reserveReady(1, 1, MIB)).isTrue();
        assertThat(rich.reserveReady(3, 1, MIB)).isFalse();
    }

    @Test
    void noPoolIsNoPool() throws Exception {
        Totals none = new Totals(4, 1000 * MIB, 0, MOMENT);
        assertThat(none.open(OWN, () -> {}).orElseThrow().reserveReady(1, 1, MIB)).isFalse();
    }

    /** Whatever several workers say, in whatever order, nothing is exceeded and nothing is lost. */
    @Test
    void lyingWorkersCannotUnbalanceTheTotals() {
        SeededCases.check(
                50,
                values -> {
                    Totals server = new Totals(8, 4000 * MIB, 3, Duration.ofMillis(1));
                    List<Totals.Holdings> workers = new ArrayList<>();
                    for (int step = 0; step < 200; step++) {
                        int id = values.between(0, 12);
                        int cpus = values.between(-1, 4);
                        long bytes = id * 100L * MIB;
                        int action = workers.isEmpty() ? 0 : values.between(0, 6);
                        if (action == 0) {
                            server.open(OWN, () -> {}).ifPresent(workers::add);
                            continue;
                        }
                        Totals.Holdings one = workers.get(values.between(0, workers.size() - 1));
                        switch (action) {
                            case 1 -> one.reserve(id, cpus, bytes);
                            case 2 -> one.reserveReady(id, cpus, bytes);
                            case 3 -> one.taken(id);
                            case 4, 5 -> one.release(id);
                            default -> one.close();
                        }
                        Totals.Use use = server.use();
                        assertThat(use.cpusInUse()).isBetween(0L, 8L);
                        assertThat(use.memoryInUse()).isBetween(0L, 4000 * MIB);
                        assertThat(use.sandboxes()).isNotNegative();
                    }
                    workers.forEach(Totals.Holdings::close);
                    assertThat(server.use()).isEqualTo(new Totals.Use(0, 0, 8, 0, 4000 * MIB));
                });
    }
}
