package dev.microsandbox.vmm.machine;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Runs work that an interrupt of the calling thread must not break off half done, for example
 * because it would close a channel. The work runs in a virtual thread that nobody else can
 * interrupt, and the caller waits for its end.
 */
public final class UninterruptedWork {

    private UninterruptedWork() {}

    /** Work that ends in bounded time. */
    @FunctionalInterface
    public interface Work {
        void run() throws InterruptedException;
    }

    /**
     * Runs work to its end. An interrupt of the calling thread is kept until afterwards.
     *
     * @throws RuntimeException as thrown by the work
     */
    public static void run(Work work) {
        FutureTask<?> task =
                start(
                        () -> {
                            work.run();
                            return null;
                        });
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

    /**
     * Runs work that can be abandoned.
     *
     * @param abandon called when the calling thread is interrupted; the work must then end soon,
     *     with or without an exception
     * @throws IOException as thrown by the work
     * @throws RuntimeException as thrown by the work
     * @throws InterruptedException if the work failed and the calling thread was interrupted; if
     *     the work succeeded, the interrupt is kept instead
     */
    public static <T> T call(Callable<T> work, Runnable abandon)
            throws IOException, InterruptedException {
        FutureTask<T> task = start(work);
        boolean interrupted = false;
        while (true) {
            try {
                T result = task.get();
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
                return result;
            } catch (InterruptedException e) {
                interrupted = true;
                abandon.run();
            } catch (ExecutionException e) {
                if (interrupted) {
                    InterruptedException failure = new InterruptedException();
                    failure.initCause(e.getCause());
                    throw failure;
                }
                switch (e.getCause()) {
                    case IOException failure -> throw failure;
                    case RuntimeException failure -> throw failure;
                    case null, default -> throw new IllegalStateException(e.getCause());
                }
            }
        }
    }

    private static <T> FutureTask<T> start(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread _ = Thread.startVirtualThread(task);
        return task;
    }
}
