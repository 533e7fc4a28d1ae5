package dev.microsandbox.vmm.kvmmachine;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Closes machines in the background, because the kernel takes up to tens of milliseconds to
 * dismantle a VM. It uses a few platform threads, because such calls would block the carriers of
 * virtual threads. The threads end when there is nothing to do.
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

    /**
     * Closes a machine's resources from last to first. A failure does not keep it from closing the
     * others.
     */
    static void closeAll(List<AutoCloseable> resources) {
        IllegalStateException failure = null;
        for (AutoCloseable resource : resources.reversed()) {
            try {
                resource.close();
            } catch (Exception e) {
                if (failure == null) {
                    failure =
                            new IllegalStateException(
                                    "a resource of a machine cannot be closed", e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    static void submit(Runnable closing) {
        submit(EXECUTOR, closing);
    }

    /**
     * Runs the closing on the executor, or on a virtual thread if the host refuses another platform
     * thread.
     */
    static void submit(Executor executor, Runnable closing) {
        try {
            executor.execute(closing);
        } catch (OutOfMemoryError e) {
            Thread.ofVirtual().name("vm-reaper").start(closing);
        }
    }
}
