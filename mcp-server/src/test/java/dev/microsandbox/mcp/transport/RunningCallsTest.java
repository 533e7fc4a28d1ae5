package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class RunningCallsTest {

    private final RunningCalls calls = new RunningCalls();
    private final CountDownLatch release = new CountDownLatch(1);
    private final AtomicInteger interrupted = new AtomicInteger();
    private final AtomicInteger cancelled = new AtomicInteger();

    private void await() {
        try {
            release.await();
        } catch (InterruptedException e) {
            interrupted.incrementAndGet();
        }
    }

    private void start(Object id) {
        assertThat(calls.start(id, this::await, cancelled::incrementAndGet)).isNull();
    }

    @Test
    void aCallIsAnsweredOnce() {
        start(1);
        assertThat(calls.answer(1)).isTrue();
        assertThat(calls.answer(1)).isFalse();
        assertThat(calls.answer(2)).isFalse();
    }

    @Test
    void aCancelledCallIsInterruptedAndNotAnswered() throws Exception {
        start(1);
        assertThat(calls.cancel(1)).isTrue();
        assertThat(calls.cancel(1)).isFalse();
        assertThat(calls.answer(1)).isFalse();
        assertThat(calls.awaitIdle(Duration.ofSeconds(5))).isTrue();
        assertThat(interrupted).hasValue(1);
        assertThat(cancelled).hasValue(1);
    }

    @Test
    void anAnsweredCallIsNotInterrupted() throws Exception {
        start(1);
        assertThat(calls.answer(1)).isTrue();
        assertThat(calls.cancel(1)).isFalse();
        calls.close();
        release.countDown();
        assertThat(calls.awaitIdle(Duration.ofSeconds(5))).isTrue();
        assertThat(interrupted).hasValue(0);
    }

    @Test
    void anIdIsFreeOnceItsCallIsAnsweredButNotWhenCancelled() {
        start(1);
        assertThat(calls.start(1, () -> {}, () -> {})).contains("still running");
        calls.answer(1);
        start(1);
        assertThat(calls.answer(1)).isTrue();

        CountDownLatch stubborn = new CountDownLatch(1);
        calls.start(2, () -> uninterruptibly(stubborn), () -> {});
        calls.cancel(2);
        assertThat(calls.start(2, () -> {}, () -> {})).contains("still running");
        stubborn.countDown();
        Awaitility.await().until(() -> calls.start(2, () -> {}, () -> {}) == null);
    }

    @Test
    void aCallDoesNotAnswerForAnotherWithItsId() throws Exception {
        CountDownLatch secondRuns = new CountDownLatch(1);
        CompletableFuture<Boolean> answeredForSecond = new CompletableFuture<>();
        calls.start(
                1,
                () -> {
                    uninterruptibly(secondRuns);
                    answeredForSecond.complete(calls.answerOwn(1));
                },
                () -> {});
        assertThat(calls.answer(1)).isTrue();
        start(1);
        secondRuns.countDown();
        assertThat(answeredForSecond.get(5, TimeUnit.SECONDS)).isFalse();
        assertThat(calls.answer(1)).isTrue();
    }

    @Test
    void aCallAnswersForItself() throws Exception {
        CompletableFuture<Boolean> answered = new CompletableFuture<>();
        calls.start(1, () -> answered.complete(calls.answerOwn(1)), () -> {});
        assertThat(answered.get(5, TimeUnit.SECONDS)).isTrue();
    }

    private static void uninterruptibly(CountDownLatch latch) {
        while (true) {
            try {
                latch.await();
                return;
            } catch (InterruptedException e) {
                // Ignore the interrupt, as bad code does.
            }
        }
    }

    @Test
    void closingInterruptsAllAndAcceptsNoMore() throws Exception {
        start(1);
        start("1");
        assertThat(calls.isIdle()).isFalse();
        calls.close();
        assertThat(calls.awaitIdle(Duration.ofSeconds(5))).isTrue();
        assertThat(interrupted).hasValue(2);
        assertThat(calls.start(3, () -> {}, () -> {})).contains("being closed");
    }

    @Test
    void waitingEndsInTime() throws Exception {
        assertThat(calls.awaitIdle(Duration.ZERO)).isTrue();
        start(1);
        assertThat(calls.awaitIdle(Duration.ofMillis(50))).isFalse();
        release.countDown();
        assertThat(calls.awaitIdle(Duration.ofSeconds(5))).isTrue();
        assertThat(calls.isIdle()).isTrue();
    }

    @Test
    void aCallThatThrowsIsForgotten() throws Exception {
        calls.start(
                1,
                () -> {
                    throw new IllegalStateException("for the test");
                },
                () -> {});
        assertThat(calls.awaitIdle(Duration.ofSeconds(5))).isTrue();
    }
}
