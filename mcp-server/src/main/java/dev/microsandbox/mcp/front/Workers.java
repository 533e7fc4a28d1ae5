package dev.microsandbox.mcp.front;

import java.util.Optional;

/** The workers of namespaces. Thread-safe. */
public interface Workers {

    /**
     * A namespace's worker. Starts one, and waits until it answers, if none runs.
     *
     * @throws NoWorkerException if there is none and none can be started now
     */
    Worker worker(String namespace) throws NoWorkerException, InterruptedException;

    /** A namespace's worker, if one runs. Never starts one, and does not wait. */
    Optional<Worker> running(String namespace);
}
