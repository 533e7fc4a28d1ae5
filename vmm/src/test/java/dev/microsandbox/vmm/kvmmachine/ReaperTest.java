package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReaperTest {

    private static List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("vm-reaper-"))
                .toList();
    }

    @Test
    void fewThreadsCloseManyMachinesAndEndWhenIdle() throws InterruptedException {
        awaitIdle();
        int machines = 50;
        CountDownLatch closed = new CountDownLatch(machines);
        ConcurrentLinkedQueue<Thread> reapers = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < machines; i++) {
            Reaper.submit(
                    () -> {
                        reapers.add(Thread.currentThread());
                        pause();
                        closed.countDown();
                    });
        }
        assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(reapers.stream().distinct()).hasSize(4);
        assertThat(reapers).allMatch(Thread::isDaemon).noneMatch(Thread::isVirtual);
        awaitIdle();
    }

    @Test
    void aMachineThatCannotBeClosedHoldsUpNoOther() throws InterruptedException {
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, failure) -> failures.add(failure));
        try {
            for (int i = 0; i < 8; i++) {
                Reaper.submit(
                        () -> {
                            throw new IllegalStateException("cannot be closed");
                        });
            }
            CountDownLatch closed = new CountDownLatch(1);
            Reaper.submit(closed::countDown);
            assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
            await().dontCatchUncaughtExceptions()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> failures.size() == 8);
            assertThat(Objects.requireNonNull(failures.peek())).hasMessage("cannot be closed");
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    void machinesAreClosedWhereTheHostRefusesThreads() throws InterruptedException {
        CountDownLatch closed = new CountDownLatch(1);
        Reaper.submit(
                _ -> {
                    throw new OutOfMemoryError("unable to create native thread");
                },
                closed::countDown);
        assertThat(closed.await(20, TimeUnit.SECONDS)).isTrue();
    }

    private static void awaitIdle() {
        await().atMost(Duration.ofSeconds(20)).until(() -> threads().isEmpty());
    }

    private static void pause() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
