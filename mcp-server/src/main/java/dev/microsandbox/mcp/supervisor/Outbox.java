package dev.microsandbox.mcp.supervisor;

import dev.microsandbox.mcp.seam.ControlChannel;
import dev.microsandbox.mcp.seam.ToFront;
import dev.microsandbox.mcp.seam.ToWorker;
import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * The messages that wait to be sent to a worker. One that does not take them keeps nobody waiting:
 * it ends when there are too many. Thread-safe.
 */
final class Outbox {

    private static final int MOST = 1024;

    private final BlockingQueue<ToWorker> waiting = new ArrayBlockingQueue<>(MOST);
    private volatile Runnable overflow = () -> {};

    /** Sends a message soon. */
    void put(ToWorker message) {
        if (!waiting.offer(message)) {
            overflow.run();
        }
    }

    /**
     * Starts to send.
     *
     * @param full called when the worker does not take its messages
     * @param gone called when it has closed the connection
     */
    void open(ControlChannel<ToWorker, ToFront> channel, Runnable full, Runnable gone) {
        overflow = full;
        Thread.ofVirtual()
                .name("worker-outbox")
                .start(
                        () -> {
                            try {
                                while (true) {
                                    channel.send(waiting.take());
                                }
                            } catch (IOException e) {
                                gone.run();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
    }
}
