package dev.microsandbox.vmm.image.build;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Runs one build on a platform thread. The kernel kills the tools of a build when the thread that
 * started them ends, and the carrier of a virtual thread may end before the build does.
 */
public final class BuildThread {

    private BuildThread() {}

    /**
     * Runs {@code work} and waits for its end. Passes an interrupt on to it, and then still waits.
     */
    public static <T> T call(FileWork<T> work) throws IOException, InterruptedException {
        FutureTask<T> task = new FutureTask<>(work::run);
        Thread thread = Thread.ofPlatform().name("image-build").daemon().start(task);
        try {
            return result(task);
        } catch (InterruptedException e) {
            thread.interrupt();
            thread.join();
            throw e;
        }
    }

    private static <T> T result(FutureTask<T> task) throws IOException, InterruptedException {
        try {
            return task.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException cause -> throw cause;
                case InterruptedException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new AssertionError(e);
            }
        }
    }
}
