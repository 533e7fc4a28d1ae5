package dev.microsandbox.vmm.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class UninterruptedWorkTest {

    private final CountDownLatch abandoned = new CountDownLatch(1);

    @Test
    void whatItGivesAndThrowsIsTheCallers() throws Exception {
        assertThat(UninterruptedWork.call(() -> 41, abandoned::countDown)).isEqualTo(41);
        assertThatIOException()
                .isThrownBy(() -> fail(new IOException("no space")))
                .withMessage("no space");
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> fail(new IllegalArgumentException("x")));
        assertThat(abandoned.getCount()).isEqualTo(1);
    }

    private void fail(Exception failure) throws Exception {
        UninterruptedWork.call(
                () -> {
                    throw failure;
                },
                abandoned::countDown);
    }

    @Test
    void anInterruptIsKeptWhereTheWorkIsDoneAllTheSame() throws Exception {
        Thread.currentThread().interrupt();
        boolean undisturbed =
                UninterruptedWork.call(
                        () -> {
                            abandoned.await();
                            return !Thread.currentThread().isInterrupted();
                        },
                        abandoned::countDown);
        assertThat(undisturbed).isTrue();
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void workThatIsAbandonedEndsBeforeTheCallerGoesOn() {
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(InterruptedException.class)
                .isThrownBy(
                        () ->
                                UninterruptedWork.call(
                                        () -> {
                                            abandoned.await();
                                            throw new IOException("abandoned");
                                        },
                                        abandoned::countDown))
                .withCauseInstanceOf(IOException.class);
        assertThat(Thread.interrupted()).isFalse();
    }
}
