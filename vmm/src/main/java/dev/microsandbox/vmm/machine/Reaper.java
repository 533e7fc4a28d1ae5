package dev.microsandbox.vmm.machine;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Closes machines in the background: the kernel takes up to tens of milliseconds to dismantle a VM.
 * A few platform threads, since such calls would hold the carriers of virtual ones; they end when
 * there is nothing to do.
 */
final class Reaper {

    private static final int THREADS = 4;

    private static final ThreadPoolExecutor EXECUTOR =
            new ThreadPoolExecutor(
                    THREADS,
                    THREADS,
                    1,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(),
                    Thread.ofPlatform().name("vm-reaper-", 0).daemon().factory());

    static {
        EXECUTOR.allowCoreThreadTimeOut(true);
    }

    private Reaper() {}

    static void submit(Runnable closing) {
        EXECUTOR.execute(closing);
    }
}
