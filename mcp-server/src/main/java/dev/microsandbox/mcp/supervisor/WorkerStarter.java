package dev.microsandbox.mcp.supervisor;

import java.io.IOException;

/** Starts the processes of workers. Thread-safe. */
@FunctionalInterface
public interface WorkerStarter {

    /**
     * Starts a worker, which does not listen yet.
     *
     * @throws IOException if it cannot be started; the message says why
     */
    WorkerProcess start(String namespace) throws IOException, InterruptedException;
}
