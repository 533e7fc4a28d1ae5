package dev.microsandbox.vmm.image.build;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A platform thread for one build. The tools of a build are told to die with the thread that
 * started them, and the carrier of a virtual thread may end before the build does.
 */
public final class BuildThread {

    private BuildThread() {}

    /** Runs {@code work} and waits; an interrupt is passed on and waited out. */
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
