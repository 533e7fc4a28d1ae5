package dev.microsandbox.mcp.tools;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports to the client every few seconds that its call is still running, because clients give up
 * on silent calls. Sends nothing after it is closed. Thread-safe.
 */
final class ProgressReports implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ProgressReports.class);

    /**
     * The interval between reports. The shortest time-outs of clients are about a minute; those of
     * proxies may be shorter.
     */
    static final Duration INTERVAL = Duration.ofSeconds(5);

    private final ToolCaller caller;
    private final long begun = System.nanoTime();
    private String message = "waiting for earlier calls";
    private boolean closed;

    private ProgressReports(ToolCaller caller) {
        this.caller = caller;
    }

    static ProgressReports of(ToolCaller caller, Duration interval) {
        ProgressReports progress = new ProgressReports(caller);
        if (caller.wantsProgress()) {
            Thread.ofVirtual().name("progress").start(() -> progress.report(interval));
        }
        return progress;
    }

    private void report(Duration interval) {
        try {
            do {
                Thread.sleep(interval);
            } while (send());
        } catch (InterruptedException e) {
            log.debug("Progress reports end", e);
        }
    }

    /** Reports at once that the call waits for the sandbox. */
    void sandboxStarts() {
        String text = "starting the sandbox";
        synchronized (this) {
            message = text;
        }
        try {
            caller.log("Starting the session's sandbox.");
        } catch (RuntimeException e) {
            log.debug("The client cannot be notified", e);
        }
        send();
    }

    /** Lets the next report say that the call itself is running. */
    synchronized void sandboxRuns() {
        message = "running";
    }

    private synchronized boolean send() {
        if (closed) {
            return false;
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        try {
            caller.progress(seconds, "%s, %.0f s".formatted(message, seconds));
            return true;
        } catch (RuntimeException e) {
            // The client has disconnected. The transport cancels the call if necessary.
            log.debug("The client cannot be notified", e);
            return false;
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
    }
}
