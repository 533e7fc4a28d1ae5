package dev.microsandbox.mcp.front;

import java.io.IOException;

/**
 * A running worker process. Two of them are equal only if they are the same process. Thread-safe.
 */
public interface Worker {

    /**
     * A new connection to the worker's HTTP server.
     *
     * @throws IOException if the worker accepts none
     */
    WorkerChannel connect() throws IOException, InterruptedException;

    /** Whether the process runs. */
    boolean isAlive();

    /**
     * What its callers are told when it has ended in the middle of their call, and what that means
     * for them: one sentence or more, for whoever reads the answer.
     */
    String lastWords();
}
