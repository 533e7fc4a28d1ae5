package dev.microsandbox.mcp.session.computer;

import dev.microsandbox.mcp.session.limits.SessionException;
import java.util.concurrent.Semaphore;

/** The lanes of one computer. Thread-safe. */
final class Lanes {

    private final Semaphore code = new Semaphore(1, true);
    private final Semaphore files = new Semaphore(1, true);
    private final Semaphore state = new Semaphore(1, true);

    /** Waits for earlier calls of the same lane. */
    void enter(Lane lane) throws InterruptedException {
        switch (lane) {
            case CODE -> enter(code);
            case FILES -> enter(files);
            case STATE -> enter(state);
            case FREE -> {}
        }
    }

    void leave(Lane lane) {
        switch (lane) {
            case CODE -> code.release();
            case FILES -> files.release();
            case STATE -> state.release();
            case FREE -> {}
        }
    }

    private static void enter(Semaphore lane) throws InterruptedException {
        if (lane.getQueueLength() >= Lane.MAX_WAITING) {
            throw new SessionException(
                    "%d calls of this session wait already. Wait for their results, then try again."
                            .formatted(Lane.MAX_WAITING));
        }
        lane.acquire();
    }
}
