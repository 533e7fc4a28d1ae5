package dev.microsandbox.mcp.supervisor;

import dev.microsandbox.mcp.front.NoWorkerException;
import dev.microsandbox.mcp.front.Worker;
import dev.microsandbox.mcp.front.Workers;
import dev.microsandbox.mcp.seam.ControlChannel;
import dev.microsandbox.mcp.seam.ToFront;
import dev.microsandbox.mcp.seam.ToWorker;
import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts a worker for each namespace that is asked for, and ends it when it has nothing to do, or
 * does not answer. One that has ended by itself is started again by the next request, later each
 * time. Thread-safe.
 */
public final class Supervisor implements Workers, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Supervisor.class);

    private static final Duration SOON = Duration.ofSeconds(1);
    private static final Duration CONNECT_PAUSE = Duration.ofMillis(5);

    private final WorkerStarter starter;
    private final Totals totals;
    private final Function<String, String> configuration;
    private final BiPredicate<String, String> keyIsValid;
    private final SupervisorSettings settings;
    private final Map<String, Slot> slots = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** The place of a namespace's worker. */
    private final class Slot {

        final String namespace;

        /** Held while a worker is started. */
        final ReentrantLock lock = new ReentrantLock();

        final BackOff backOff = new BackOff(settings.mostBackOff(), System::nanoTime);
        volatile @Nullable RunningWorker worker;

        Slot(String namespace) {
            this.namespace = namespace;
        }
    }

    /**
     * @param configuration the configuration of a namespace's worker, as text of a file
     * @param keyIsValid whether a key is one of a namespace, and valid
     */
    public Supervisor(
            WorkerStarter starter,
            Totals totals,
            Function<String, String> configuration,
            BiPredicate<String, String> keyIsValid,
            SupervisorSettings settings) {
        this.starter = starter;
        this.totals = totals;
        this.configuration = configuration;
        this.keyIsValid = keyIsValid;
        this.settings = settings;
    }

    @Override
    public Worker worker(String namespace) throws NoWorkerException, InterruptedException {
        Slot slot = slots.computeIfAbsent(namespace, Slot::new);
        RunningWorker running = usable(slot);
        if (running != null) {
            return running;
        }
        slot.lock.lockInterruptibly();
        try {
            running = usable(slot);
            return running != null ? running : start(slot);
        } finally {
            slot.lock.unlock();
        }
    }

    @Override
    public Optional<Worker> running(String namespace) {
        Slot slot = slots.get(namespace);
        RunningWorker running = slot == null ? null : slot.worker;
        return running == null || running.isStopping() || !running.isAlive()
                ? Optional.empty()
                : Optional.of(running);
    }

    private static @Nullable RunningWorker usable(Slot slot) {
        RunningWorker running = slot.worker;
        if (running == null) {
            return null;
        }
        running.use();
        return running.isStopping() || !running.isAlive() ? null : running;
    }

    private RunningWorker start(Slot slot) throws NoWorkerException, InterruptedException {
        if (closed) {
            throw new NoWorkerException("The server is stopping.", SOON);
        }
        awaitEnd(slot);
        Duration left = slot.backOff.left();
        if (left.isPositive()) {
            throw new NoWorkerException(
                    "The process that runs this namespace's computers has ended several times. It is started again in %d s."
                            .formatted(left.toSeconds() + 1),
                    left.plus(SOON));
        }
        Outbox outbox = new Outbox();
        Totals.Holdings holdings =
                totals.open(settings.bytes(), () -> outbox.put(new ToWorker.Evict()))
                        .orElseThrow(
                                () ->
                                        new NoWorkerException(
                                                "The server is full: it has no memory left for the process of another namespace. Try again in a minute. The server's operator can raise MICROSANDBOX_MEMORY_LIMIT.",
                                                Duration.ofMinutes(1)));
        boolean started = false;
        slot.backOff.started();
        try {
            RunningWorker worker = start(slot, outbox, holdings);
            started = true;
            return worker;
        } catch (IOException e) {
            log.error(
                    "The worker of namespace {} did not start: {}", slot.namespace, e.getMessage());
            throw new NoWorkerException(
                    "The process that runs this namespace's computers did not start. The server's log says why.",
                    SOON.plus(slot.backOff.left()));
        } finally {
            if (!started) {
                holdings.close();
            }
        }
    }

    private RunningWorker start(Slot slot, Outbox outbox, Totals.Holdings holdings)
            throws IOException, InterruptedException {
        long began = System.nanoTime();
        long end = began + settings.start().toNanos();
        WorkerProcess process;
        try {
            process = starter.start(slot.namespace);
        } catch (IOException e) {
            slot.backOff.failed();
            throw e;
        }
        boolean ready = false;
        try {
            RunningWorker worker =
                    new RunningWorker(
                            slot.namespace,
                            process,
                            totals,
                            holdings,
                            outbox,
                            ControlChannel.ofFront(connect(process, end)));
            var _ = process.exit().thenAccept(status -> ended(slot, worker, status));
            worker.begin();
            worker.configure(configuration.apply(slot.namespace));
            worker.awaitReady(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
            log.info(
                    "The worker of namespace {} runs as process {}, after {} ms",
                    slot.namespace,
                    process.pid(),
                    (System.nanoTime() - began) / 1_000_000);
            slot.worker = worker;
            ready = true;
            return worker;
        } finally {
            if (!ready) {
                process.kill();
                slot.backOff.failed();
            }
        }
    }

    /** Waits for its control socket, which it makes first. */
    private static ByteChannel connect(WorkerProcess process, long end)
            throws IOException, InterruptedException {
        while (true) {
            try {
                return process.connectControl();
            } catch (IOException e) {
                if (process.exit().isDone() || System.nanoTime() - end > 0) {
                    throw e;
                }
            }
            Thread.sleep(CONNECT_PAUSE);
        }
    }

    /** Runs on the thread that hears of ends, so it must not wait. */
    private void ended(Slot slot, RunningWorker worker, int status) {
        if (slot.worker != worker) {
            return; // it has never been ready, and whoever started it says so
        }
        if (worker.isStopping()) {
            log.info("The worker of namespace {} has ended", slot.namespace);
            return;
        }
        log.error(
                "The worker of namespace {} has ended with status {}. What ran there is lost; suspended computers and checkpoints are kept.",
                slot.namespace,
                status);
        slot.backOff.failed();
    }

    private void awaitEnd(Slot slot) throws NoWorkerException, InterruptedException {
        RunningWorker former = slot.worker;
        if (former == null) {
            return;
        }
        if (!awaitEnd(former, settings.stop())) {
            throw new NoWorkerException(
                    "The process that ran this namespace's computers is still suspending them.",
                    SOON);
        }
    }

    private static boolean awaitEnd(RunningWorker worker, Duration patience)
            throws InterruptedException {
        try {
            var _ = worker.process().exit().get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        } catch (TimeoutException e) {
            return false;
        }
    }

    /** Looks after all workers. Must be called about once a second. */
    public void check() {
        for (Slot slot : slots.values()) {
            RunningWorker worker = slot.worker;
            if (worker == null || !worker.isAlive()) {
                continue;
            }
            for (String key : worker.watched()) {
                if (!keyIsValid.test(slot.namespace, key)) {
                    worker.keyEnded(key);
                }
            }
            if (worker.silence().compareTo(settings.silence()) > 0) {
                worker.fail("it has not answered for " + settings.silence().toSeconds() + " s");
            } else if (!worker.isStopping() && worker.idle().compareTo(settings.idle()) > 0) {
                end(slot, worker);
            } else {
                worker.ping();
            }
        }
    }

    /** Ends a worker that has nothing to do, unless a request has just come. */
    private void end(Slot slot, RunningWorker worker) {
        if (slot.lock.tryLock()) {
            try {
                if (worker.idle().compareTo(settings.idle()) > 0) {
                    log.info("The worker of namespace {} is idle, and ends", slot.namespace);
                    worker.stop(true);
                }
            } finally {
                slot.lock.unlock();
            }
        }
    }

    /** Ends the workers of all other namespaces, since they are no more. */
    public void retain(Set<String> namespaces) {
        for (Slot slot : slots.values()) {
            RunningWorker worker = slot.worker;
            if (worker != null
                    && worker.isAlive()
                    && !worker.isStopping()
                    && !namespaces.contains(slot.namespace)) {
                log.info("Namespace {} is no more: its worker ends", slot.namespace);
                worker.stop(true);
            }
        }
    }

    /** Sends all workers their settings, because some have changed. */
    public void configure() {
        for (Slot slot : slots.values()) {
            RunningWorker worker = slot.worker;
            if (worker != null && worker.isAlive()) {
                worker.configure(configuration.apply(slot.namespace));
            }
        }
    }

    /** A worker, for people and for programs of the operator. */
    public record Status(String namespace, long pid, ToFront.State state, boolean stopping) {}

    /** The workers that run. */
    public List<Status> status() {
        List<Status> all = new ArrayList<>();
        for (Slot slot : slots.values()) {
            RunningWorker worker = slot.worker;
            if (worker != null && worker.isAlive()) {
                all.add(
                        new Status(
                                slot.namespace,
                                worker.process().pid(),
                                worker.state(),
                                worker.isStopping()));
            }
        }
        return all;
    }

    /** Lets all workers suspend their computers, and waits until they have ended. */
    @Override
    public void close() {
        closed = true;
        List<RunningWorker> all = new ArrayList<>();
        for (Slot slot : slots.values()) {
            RunningWorker worker = slot.worker;
            if (worker != null && worker.isAlive()) {
                worker.stop(false);
                all.add(worker);
            }
        }
        long end = System.nanoTime() + settings.stop().toNanos();
        try {
            for (RunningWorker worker : all) {
                Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
                if (!awaitEnd(worker, left)) {
                    worker.fail("it does not end");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
