package dev.microsandbox.vmm.agent;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Does something that must not be left half done. */
final class Uninterruptibly {

    private Uninterruptibly() {}

    /** What is done; ends in bounded time. */
    @FunctionalInterface
    interface Work {
        void run() throws InterruptedException;
    }

    /**
     * Waits for the end of the work, in a thread that nobody else knows. An interrupt of the
     * calling thread meanwhile is kept for afterwards.
     *
     * @throws RuntimeException whatever the work threw
     */
    static void call(Work work) {
        FutureTask<?> task =
                new FutureTask<>(
                        () -> {
                            work.run();
                            return null;
                        });
        Thread _ = Thread.startVirtualThread(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    task.get();
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof RuntimeException failure) {
                        throw failure;
                    }
                    throw new IllegalStateException(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
