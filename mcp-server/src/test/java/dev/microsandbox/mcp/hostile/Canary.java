package dev.microsandbox.mcp.hostile;

import dev.microsandbox.mcp.endtoend.HttpClientSession;
import dev.microsandbox.mcp.endtoend.Installation;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A harmless session that repeats a tiny call. The duration of its calls measures how long the host
 * makes every session wait. Thread-safe.
 */
final class Canary implements AutoCloseable {

    private static final Duration PAUSE = Duration.ofMillis(200);

    private record Call(long start, long end) {}

    private final HttpClientSession session;
    private final Thread thread;
    private final Deque<Call> calls = new ArrayDeque<>();
    private long begun;
    private boolean busy;
    private final AtomicInteger count = new AtomicInteger();
    private long longest;
    private volatile boolean closed;
    private volatile String failure = "";

    Canary(Installation.Server server) throws IOException, InterruptedException {
        session = new HttpClientSession(server);
        session.call("run_command", Map.of("command", "true", "timeout", 120));
        thread = Thread.ofVirtual().start(this::run);
    }

    /** The longest call that has been running at any time since then. */
    synchronized Duration worstSince(long nanoTime) {
        long worst = busy ? Math.max(0, System.nanoTime() - begun) : 0;
        for (Call call : calls) {
            if (call.end() - nanoTime > 0) {
                worst = Math.max(worst, call.end() - call.start());
            }
        }
        return Duration.ofNanos(worst);
    }

    /** The slowdown of its last calls compared with normal: 1 to 4. */
    synchronized double slowness() {
        double usual = 0.2;
        double sum = 0;
        int of = 0;
        for (Iterator<Call> last = calls.descendingIterator(); last.hasNext() && of < 10; of++) {
            Call call = last.next();
            sum += (call.end() - call.start()) / 1e9;
        }
        return of == 0 ? 1 : Math.clamp(sum / of / usual, 1.0, 4.0);
    }

    synchronized String text() {
        return "%d calls, the longest of %.1f s".formatted(count.get(), longest / 1e9);
    }

    /** The unexpected failure that it met; empty if there was none. */
    String failure() {
        return failure;
    }

    private void run() {
        try {
            while (!closed) {
                long start = System.nanoTime();
                begin(start);
                HttpClientSession.Answer answer =
                        session.call("run_command", Map.of("command", "true", "timeout", 200));
                end(start);
                count.incrementAndGet();
                if (answer.isError() || !answer.fact("status").asString().equals("ok")) {
                    failure = answer.text();
                }
                pause();
            }
        } catch (IOException e) {
            failure = e.toString();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Count the excess duration of the pause, too: the host may delay this whole process. */
    private void pause() throws InterruptedException {
        long expected = System.nanoTime() + PAUSE.toNanos();
        begin(expected);
        Thread.sleep(PAUSE);
        end(expected);
    }

    private synchronized void begin(long start) {
        begun = start;
        busy = true;
    }

    private synchronized void end(long start) {
        busy = false;
        long now = System.nanoTime();
        calls.addLast(new Call(start, now));
        longest = Math.max(longest, now - start);
        while (calls.size() > 2000) {
            calls.removeFirst();
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        try {
            thread.join();
            session.end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        session.close();
    }
}
