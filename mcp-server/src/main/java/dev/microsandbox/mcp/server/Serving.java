package dev.microsandbox.mcp.server;

import java.io.IOException;

/** What serves HTTP: everything in this process, or a front with workers. Thread-safe. */
public interface Serving extends AutoCloseable {

    /**
     * Begins to listen.
     *
     * @throws IOException if it cannot; the message says why
     */
    void start() throws IOException, InterruptedException;

    /** The port; −1 before the start. */
    int port();

    /**
     * Checks that it still accepts connections.
     *
     * @throws IOException if it does not
     */
    void checkListening() throws IOException;

    /** Whether each namespace has a worker. */
    boolean hasWorkers();

    /** The settings of namespaces have changed. */
    void namespacesChanged();

    /**
     * Lets running calls finish for a while, suspends all computers, and returns when that is done.
     */
    @Override
    void close();
}
