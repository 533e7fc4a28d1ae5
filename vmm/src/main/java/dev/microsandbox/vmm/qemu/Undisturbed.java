package dev.microsandbox.vmm.qemu;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Does something with channels that an interrupt would close. */
final class Undisturbed {

    private Undisturbed() {}

    /**
     * Does it in a thread that nobody else knows, and waits for its end.
     *
     * @param abandon called when the caller is interrupted: the work is to end soon then, with an
     *     exception or without
     * @throws IOException as the work does
     * @throws RuntimeException as the work does
     * @throws InterruptedException if the work failed and the caller was interrupted; if it
     *     succeeded the interrupt is kept
     */
    static <T> T call(Callable<T> work, Runnable abandon) throws IOException, InterruptedException {
        FutureTask<T> task = new FutureTask<>(work);
        Thread _ = Thread.startVirtualThread(task);
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
}
