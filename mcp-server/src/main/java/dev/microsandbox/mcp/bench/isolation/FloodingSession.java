package dev.microsandbox.mcp.bench.isolation;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A session with its own sandbox that floods the server on request. */
final class FloodingSession implements AutoCloseable {

    /** The size of the file that a slow reader reads. */
    static final int FILE_BYTES = 24 << 20;

    private final RawSession session;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean wanted;

    private FloodingSession(RawSession session) {
        this.session = session;
    }

    /** Opens the session and starts its sandbox. */
    static FloodingSession open(URI server) throws IOException, InterruptedException {
        RawSession session = RawSession.open(server);
        session.call(
                "run_command",
                Map.of("command", "head -c " + FILE_BYTES + " /dev/urandom > large"));
        return new FloodingSession(session);
    }

    /** One call of a flood. */
    private interface ToolCall {
        void run() throws IOException, InterruptedException;
    }

    void begin(Flood flood) {
        wanted = true;
        begun.set(0);
        for (int i = 0; i < flood.atOnce(); i++) {
            threads.add(Thread.ofVirtual().start(() -> repeat(callOf(flood))));
        }
    }

    private ToolCall callOf(Flood flood) {
        return flood == Flood.READER
                ? () -> session.callAndReadSlowly(flood.tool(), flood.arguments(), () -> wanted)
                : () -> session.call(flood.tool(), flood.arguments());
    }

    private void repeat(ToolCall call) {
        try {
            while (wanted) {
                begun.incrementAndGet();
                call.run();
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            failure.compareAndSet(null, e);
        }
    }

    /**
     * Ends the flood and waits for its calls to end.
     *
     * @return how many calls the session has begun
     * @throws IOException if a call failed; then the flood did not take place as intended
     */
    int end() throws IOException, InterruptedException {
        wanted = false;
        for (Thread thread : threads) {
            thread.join();
        }
        threads.clear();
        Throwable failed = failure.get();
        if (failed != null) {
            throw new IOException("a flooding session failed: " + failed.getMessage(), failed);
        }
        return begun.get();
    }

    @Override
    public void close() {
        wanted = false;
        session.close();
    }
}
