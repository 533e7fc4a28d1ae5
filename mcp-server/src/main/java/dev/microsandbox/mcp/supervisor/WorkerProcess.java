package dev.microsandbox.mcp.supervisor;

import dev.microsandbox.mcp.front.WorkerChannel;
import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.util.concurrent.CompletableFuture;

/** The process of a worker. Thread-safe. */
public interface WorkerProcess {

    long pid();

    /**
     * Connects to the worker's HTTP server.
     *
     * @throws IOException if it does not listen, or not any more
     */
    WorkerChannel connectHttp() throws IOException, InterruptedException;

    /** As {@link #connectHttp}, for control messages. A worker takes one such connection. */
    ByteChannel connectControl() throws IOException, InterruptedException;

    /** Kills it, with all of its machines. */
    void kill();

    /** Its exit status once it has ended, or 128 and the number of the signal that ended it. */
    CompletableFuture<Integer> exit();
}
