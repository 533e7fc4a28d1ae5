package dev.microsandbox.mcp.supervisor;

import dev.microsandbox.mcp.front.Worker;
import dev.microsandbox.mcp.front.WorkerChannel;
import dev.microsandbox.mcp.seam.ControlChannel;
import dev.microsandbox.mcp.seam.ToFront;
import dev.microsandbox.mcp.seam.ToWorker;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker that runs, with the front's end of its control connection. Everything that it says is
 * bounded here: the front does one small thing for each message, and too many of them wait.
 * Thread-safe.
 */
final class RunningWorker implements Worker {

    private static final Logger log = LoggerFactory.getLogger(RunningWorker.class);

    /** Requests for resources that wait at the same time. */
    private static final int MOST_WAITING = 64;

    private static final int MOST_WATCHED = 10_000;
    private static final int KEY_ID_LENGTH = 64;

    /** After so many messages the front pauses, so that a flood costs it little. */
    private static final int BURST = 256;

    private static final Duration PAUSE = Duration.ofMillis(10);

    /** From the end of its control connection to that of a worker. */
    private static final Duration LAST_STEPS = Duration.ofSeconds(5);

    private final String namespace;
    private final WorkerProcess process;
    private final Totals.Holdings holdings;
    private final Totals totals;
    private final Outbox outbox;
    private final ControlChannel<ToWorker, ToFront> channel;
    private final CompletableFuture<Boolean> ready = new CompletableFuture<>();
    private final Set<String> watched = ConcurrentHashMap.newKeySet();
    private final Semaphore waiting = new Semaphore(MOST_WAITING);
    private volatile ToFront.State state = new ToFront.State(0, 0, 1);
    private volatile long busyUntil = System.nanoTime();
    private volatile long heard = System.nanoTime();
    private volatile boolean stopping;

    /** Whether it has closed its control connection. */
    private volatile boolean ending;

    RunningWorker(
            String namespace,
            WorkerProcess process,
            Totals totals,
            Totals.Holdings holdings,
            Outbox outbox,
            ControlChannel<ToWorker, ToFront> channel) {
        this.namespace = namespace;
        this.process = process;
        this.totals = totals;
        this.holdings = holdings;
        this.outbox = outbox;
        this.channel = channel;
    }

    /** Begins to exchange messages. */
    void begin() {
        outbox.open(channel, () -> fail("it takes no messages"), this::awaitEnd);
        Thread.ofVirtual().name("worker-" + namespace).start(this::receive);
        var _ = process.exit().thenAccept(_ -> ended());
    }

    private void ended() {
        channel.close();
        holdings.close();
        ready.completeExceptionally(new IOException("the process has ended"));
    }

    /**
     * Waits until it serves requests.
     *
     * @throws IOException if it does not in time, or ends
     */
    void awaitReady(Duration patience) throws IOException, InterruptedException {
        try {
            boolean _ = ready.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IOException("the process has ended", e);
        } catch (TimeoutException e) {
            throw new IOException("it is not ready after " + patience.toSeconds() + " s", e);
        }
    }

    private void receive() {
        try {
            for (int count = 1; ; count++) {
                take(channel.receive());
                if (count % BURST == 0) {
                    Thread.sleep(PAUSE);
                }
            }
        } catch (EOFException e) {
            awaitEnd();
        } catch (IOException e) {
            fail("its control connection is of no use: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whoever ends closes its connection first. */
    private void awaitEnd() {
        ending = true;
        try {
            var _ = process.exit().get(LAST_STEPS.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            fail("it has closed its control connection");
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void take(ToFront message) throws IOException {
        switch (message) {
            case ToFront.Ready(int version) -> {
                if (version != ControlChannel.VERSION) {
                    throw new IOException("it speaks version " + version);
                }
                boolean _ = ready.complete(true);
            }
            case ToFront.Reserve(int id, int cpus, long bytes, boolean forPool) -> {
                if (forPool) {
                    answer(id, holdings.reserveReady(id, cpus, bytes));
                } else {
                    reserve(id, cpus, bytes);
                }
            }
            case ToFront.Taken(int id) -> holdings.taken(id);
            case ToFront.Release(int id) -> holdings.release(id);
            case ToFront.State now -> {
                state = now;
                if (!now.isIdle()) {
                    busyUntil = System.nanoTime();
                }
            }
            case ToFront.Pong _ -> heard = System.nanoTime();
            case ToFront.Watch(String key) -> {
                if (watched.size() < MOST_WATCHED && key.length() <= KEY_ID_LENGTH) {
                    watched.add(key);
                }
            }
        }
    }

    private void reserve(int id, int cpus, long bytes) {
        if (!waiting.tryAcquire()) {
            answer(id, false);
            return;
        }
        Thread.ofVirtual()
                .name("worker-reserve")
                .start(
                        () -> {
                            try {
                                answer(id, holdings.reserve(id, cpus, bytes));
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            } finally {
                                waiting.release();
                            }
                        });
    }

    private void answer(int id, boolean granted) {
        Totals.Use use = totals.use();
        outbox.put(
                granted
                        ? new ToWorker.Granted(id)
                        : new ToWorker.Refused(
                                id,
                                use.sandboxes(),
                                use.cpusInUse(),
                                use.cpus(),
                                use.memoryInUse(),
                                use.memoryBytes()));
    }

    /** Ends a worker that does not do its part. */
    void fail(String why) {
        if (!process.exit().isDone()) {
            log.error("The worker of namespace {} is killed: {}", namespace, why);
            process.kill();
        }
    }

    /** Sends it its settings. */
    void configure(String yaml) {
        outbox.put(new ToWorker.Configure(yaml));
    }

    /** Asks whether it lives; {@link #silence} tells whether it answers. */
    void ping() {
        outbox.put(new ToWorker.Ping(0));
    }

    /** How long ago it answered last. */
    Duration silence() {
        return Duration.ofNanos(System.nanoTime() - heard);
    }

    /** The keys that it wants to know the end of. */
    Set<String> watched() {
        return watched;
    }

    /** Tells it that a key is no longer valid. */
    void keyEnded(String key) {
        if (watched.remove(key)) {
            outbox.put(new ToWorker.KeyEnded(key));
        }
    }

    /** A request is about to be sent to it. */
    void use() {
        busyUntil = System.nanoTime();
    }

    /** How long nothing has been asked of it, and nothing has run in it. */
    Duration idle() {
        return state.isIdle() ? Duration.ofNanos(System.nanoTime() - busyUntil) : Duration.ZERO;
    }

    /** What it said last of itself. */
    ToFront.State state() {
        return state;
    }

    /**
     * Lets it suspend its computers and end.
     *
     * @param keepsUnused whether sessions that have had no computer are kept too
     */
    void stop(boolean keepsUnused) {
        stopping = true;
        outbox.put(new ToWorker.Stop(keepsUnused));
    }

    boolean isStopping() {
        return stopping;
    }

    WorkerProcess process() {
        return process;
    }

    @Override
    public WorkerChannel connect() throws IOException, InterruptedException {
        try {
            return process.connectHttp();
        } catch (IOException e) {
            if (ending) {
                // The caller asks for another one, which cannot begin before this one has ended.
                awaitEnd();
            }
            throw e;
        }
    }

    @Override
    public boolean isAlive() {
        return !process.exit().isDone();
    }

    @Override
    public String lastWords() {
        return stopping
                ? "The server is stopping the process that runs this namespace's computers. They are"
                        + " suspended; try again in a moment."
                : "The process that ran this namespace's computers has ended, and this call with it. It"
                        + " may have run in part. Suspended computers and finished checkpoints are kept;"
                        + " a computer that was running is lost, and its next call says so. Try again in"
                        + " a moment.";
    }
}
