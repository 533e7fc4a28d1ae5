package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.SandboxLostException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Asks an agent that is silent while it has work to do whether it still answers, and gives up on
 * one that stays silent or stops reading. Thread-safe.
 */
final class Watchdog {

    /** How often to ask a silent agent with open streams whether it still answers. */
    private static final Duration PING_INTERVAL = Duration.ofSeconds(10);

    /** Time without a frame after which an agent that was asked counts as lost. */
    private static final Duration SILENCE_LIMIT = Duration.ofSeconds(60);

    private final AgentConnection connection;
    private final FrameWriter writer;

    private volatile @Nullable Thread thread;

    private volatile long lastHeard = System.nanoTime();

    /** Pings without an answer so far, by their tokens. */
    private final Map<Long, CompletableFuture<Void>> pings = new ConcurrentHashMap<>();

    private final AtomicLong lastPing = new AtomicLong();

    /**
     * The most pings of the agent's with an answer that is not known to be written. One is allowed;
     * the agent may have the answer to another before the host's write has returned.
     */
    private static final int UNANSWERED_MAX = 2;

    private final AtomicInteger unanswered = new AtomicInteger();

    Watchdog(AgentConnection connection, FrameWriter writer) {
        this.connection = connection;
        this.writer = writer;
    }

    /**
     * A ping of the host's.
     *
     * @param answer completed when the agent has answered, exceptionally if it is lost
     */
    record Ping(long token, CompletableFuture<Void> answer) {

        PayloadWriter payload() {
            return new PayloadWriter().u64(token);
        }
    }

    void start(String name) {
        Thread watching = Thread.ofVirtual().name(name + "-watchdog").start(this::watch);
        thread = watching;
        if (connection.isLost()) {
            // It may have been lost before there was a thread to end.
            watching.interrupt();
        }
    }

    /** Records that a frame has arrived. */
    void heard() {
        lastHeard = System.nanoTime();
    }

    /** Registers a ping, which the caller sends. */
    Ping ping() {
        Ping ping = new Ping(lastPing.incrementAndGet(), new CompletableFuture<>());
        pings.put(ping.token(), ping.answer());
        return ping;
    }

    void onPong(long token) throws ProtocolException {
        if (token < 1 || token > lastPing.get()) {
            throw new ProtocolException("an answer to a ping that was not sent");
        }
        CompletableFuture<Void> ping = pings.remove(token);
        if (ping != null) {
            ping.complete(null);
        }
    }

    /**
     * Answers the agent. Another thread writes the answer, because an agent that does not read must
     * not keep the reader thread waiting.
     */
    void onPing(long token) throws ProtocolException {
        if (unanswered.incrementAndGet() > UNANSWERED_MAX) {
            throw new ProtocolException("a ping before the last one was answered");
        }
        Thread.startVirtualThread(
                () -> {
                    connection.write(
                            Protocol.CONNECTION_STREAM,
                            Protocol.FRAME_PONG,
                            new PayloadWriter().u64(token));
                    unanswered.decrementAndGet();
                });
    }

    /** Drops the pings without an answer, because the agent does not know them any more. */
    void forget() {
        pings.clear();
    }

    /** Ends, so that nothing of the connection stays in memory for the sake of this thread. */
    void fail(SandboxLostException loss) {
        Thread watching = thread;
        if (watching != null) {
            watching.interrupt();
        }
        pings.values().forEach(ping -> ping.completeExceptionally(loss));
    }

    private void watch() {
        try {
            while (!connection.isLost()) {
                Thread.sleep(PING_INTERVAL);
                if (writer.stuckNanos() > SILENCE_LIMIT.toNanos()) {
                    connection.fail("The sandbox's agent stopped reading.");
                } else if (!pings.isEmpty() && silence() > SILENCE_LIMIT.toNanos()) {
                    connection.fail(
                            "The sandbox's agent has not answered for "
                                    + SILENCE_LIMIT.toSeconds()
                                    + " s.");
                } else if (pings.isEmpty()
                        && connection.hasStreams()
                        && writer.stuckNanos() == 0
                        && silence() > PING_INTERVAL.toNanos()) {
                    connection.write(
                            Protocol.CONNECTION_STREAM, Protocol.FRAME_PING, ping().payload());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private long silence() {
        return System.nanoTime() - lastHeard;
    }
}
