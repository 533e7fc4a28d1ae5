package dev.microsandbox.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits until a command has printed something, which shows that it runs. */
public final class FirstOutput implements OutputListener {

    private final CountDownLatch printed = new CountDownLatch(1);

    @Override
    public void stdout(byte[] bytes) {
        printed.countDown();
    }

    @Override
    public void stderr(byte[] bytes) {}

    /** Waits for the first output; fails after a minute. */
    public void await() throws InterruptedException {
        assertThat(printed.await(1, TimeUnit.MINUTES)).as("printed something").isTrue();
    }
}
