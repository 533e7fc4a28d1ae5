package dev.microsandbox.vmm.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each test uses its own threads, because their signal masks end with them. */
@Timeout(30)
class ThreadSignalsTest {

    private static final long KICK = 1L << 22;

    @Test
    void aKickIsHeldUntilItIsTaken() throws Exception {
        onThread(
                () -> {
                    ThreadSignals.blockKicks();
                    int self = ThreadSignals.currentThread();
                    assertThat(signals(self, "SigBlk") & KICK).isEqualTo(KICK);
                    assertThat(signals(self, "SigPnd") & KICK).isZero();
                    ThreadSignals.kick(self);
                    assertThat(signals(self, "SigPnd") & KICK).isEqualTo(KICK);
                    ThreadSignals.consumeKick();
                    assertThat(signals(self, "SigPnd") & KICK).isZero();
                });
    }

    @Test
    void severalKicksAreTakenAsOne() throws Exception {
        onThread(
                () -> {
                    ThreadSignals.blockKicks();
                    int self = ThreadSignals.currentThread();
                    ThreadSignals.kick(self);
                    ThreadSignals.kick(self);
                    ThreadSignals.kick(self);
                    ThreadSignals.consumeKick();
                    assertThat(signals(self, "SigPnd") & KICK).isZero();
                });
    }

    @Test
    void takingAKickThatIsNotThereDoesNotWait() throws Exception {
        onThread(
                () -> {
                    ThreadSignals.blockKicks();
                    long start = System.nanoTime();
                    for (int i = 0; i < 100; i++) {
                        ThreadSignals.consumeKick();
                    }
                    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(5));
                });
    }

    @Test
    void aKickReachesTheThreadThatIsMeantAndNoOther() throws Exception {
        AtomicInteger target = new AtomicInteger();
        CountDownLatch ready = new CountDownLatch(1);
        CountDownLatch kicked = new CountDownLatch(1);
        FutureTask<Long> pending =
                new FutureTask<>(
                        () -> {
                            ThreadSignals.blockKicks();
                            target.set(ThreadSignals.currentThread());
                            ready.countDown();
                            assertThat(kicked.await(10, TimeUnit.SECONDS)).isTrue();
                            long before = signals(target.get(), "SigPnd");
                            ThreadSignals.consumeKick();
                            return before & ~signals(target.get(), "SigPnd");
                        });
        Thread thread = Thread.ofPlatform().start(pending);
        onThread(
                () -> {
                    ThreadSignals.blockKicks();
                    assertThat(ready.await(10, TimeUnit.SECONDS)).isTrue();
                    ThreadSignals.kick(target.get());
                    assertThat(signals(ThreadSignals.currentThread(), "SigPnd") & KICK).isZero();
                });
        kicked.countDown();
        assertThat(pending.get(10, TimeUnit.SECONDS)).isEqualTo(KICK);
        thread.join();
    }

    @Test
    void aKickThatIsNotHeldDoesNothing() throws Exception {
        onThread(
                () -> {
                    int self = ThreadSignals.currentThread();
                    assertThat(signals(self, "SigBlk") & KICK).isZero();
                    ThreadSignals.kick(self);
                    assertThat(signals(self, "SigPnd") & KICK).isZero();
                });
    }

    /** A real-time signal in this state ends the JVM. */
    @Test
    void aThreadMayEndWithAKickPending() throws Exception {
        for (int i = 0; i < 100; i++) {
            onThread(
                    () -> {
                        ThreadSignals.blockKicks();
                        ThreadSignals.kick(ThreadSignals.currentThread());
                    });
        }
    }

    @Test
    void threadsHaveIdsOfTheirOwn() throws Exception {
        int self = ThreadSignals.currentThread();
        assertThat(Path.of("/proc/self/task/" + self)).isDirectory();
        onThread(() -> assertThat(ThreadSignals.currentThread()).isNotEqualTo(self));
    }

    @Test
    void whatIsNoThreadCannotBeKicked() {
        assertThatExceptionOfType(LinuxException.class)
                .isThrownBy(() -> ThreadSignals.kick(0))
                .withMessage("tgkill(thread 0, SIGURG): EINVAL (22)");
    }

    @Test
    void theMaskForTheGuestLetsOnlyTheKickThrough() {
        assertThat(ThreadSignals.ALL_BUT_KICK).isEqualTo(~KICK);
    }

    private interface Action {
        void run() throws Exception;
    }

    private static void onThread(Action action) throws Exception {
        FutureTask<Void> task =
                new FutureTask<>(
                        () -> {
                            action.run();
                            return null;
                        });
        Thread thread = Thread.ofPlatform().start(task);
        task.get(10, TimeUnit.SECONDS);
        thread.join();
    }

    /** A signal set of a thread: proc_pid_status(5). */
    private static long signals(int thread, String field) throws Exception {
        return Files.readAllLines(Path.of("/proc/self/task/%d/status".formatted(thread))).stream()
                .filter(line -> line.startsWith(field + ":"))
                .map(line -> Long.parseUnsignedLong(line.substring(field.length() + 1).strip(), 16))
                .findFirst()
                .orElseThrow();
    }
}
