package dev.microsandbox.vmm.qemu;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Kills a QEMU process that does not answer in time. Whoever waits for the process then gets the
 * end of its connections. Closed once the process has answered.
 */
final class Deadline implements AutoCloseable {

    private final CountDownLatch met = new CountDownLatch(1);

    private Deadline() {}

    static Deadline of(Process process, Duration time) {
        Deadline deadline = new Deadline();
        Thread.startVirtualThread(
                () -> {
                    try {
                        if (!deadline.met.await(time.toMillis(), TimeUnit.MILLISECONDS)) {
                            process.destroyForcibly();
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        return deadline;
    }

    @Override
    public void close() {
        met.countDown();
    }
}
