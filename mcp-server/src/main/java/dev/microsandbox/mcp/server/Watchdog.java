package dev.microsandbox.mcp.server;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ends the process when it has had no memory, no thread, no processor for its requests, or no
 * listening socket for a while. Such a process serves nobody and does not recover, but a supervisor
 * that only sees whether it runs would leave it alone.
 *
 * <p>{@code -XX:+ExitOnOutOfMemoryError} is not used instead: it would end all sessions because of
 * one request that asked for too much, and it covers neither threads nor memory outside the heap.
 */
public final class Watchdog {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration PERIOD = Duration.ofSeconds(1);

    private static final int HEAP_BYTES = 256 << 10;
    private static final int DIRECT_BYTES = 64 << 10;

    private final List<Probe> probes;
    private final Duration patience;
    private final Duration period;
    private final Runnable end;

    /** Something that the process must be able to do. */
    @FunctionalInterface
    public interface Check {

        /**
         * Does it once.
         *
         * @throws IOException if it cannot be done
         */
        void run() throws IOException, InterruptedException;
    }

    /** A check, and what to print if it fails: prepared, since there may be no memory then. */
    record Probe(Check check, byte[] lastWords) {

        static Probe of(String failure, Check check) {
            String text = "msb: " + failure + " for too long. The process ends itself.\n";
            return new Probe(check, text.getBytes(StandardCharsets.UTF_8));
        }
    }

    /**
     * @param patience how long a check may fail
     * @param end ends the process; must not need memory
     */
    Watchdog(List<Probe> probes, Duration patience, Duration period, Runnable end) {
        this.probes = probes;
        this.patience = patience;
        this.period = period;
        this.end = end;
    }

    /**
     * Starts to watch this process.
     *
     * @param exitCode the exit code of a process that ends itself
     * @param listening checks that the server accepts connections
     */
    public static void start(int exitCode, Check listening) {
        start(exitCode, listening, PATIENCE);
    }

    static void start(int exitCode, Check listening, Duration patience) {
        Runtime runtime = Runtime.getRuntime();
        List<Probe> probes =
                List.of(
                        Probe.of("no memory could be allocated", Watchdog::allocate),
                        Probe.of("no memory outside the heap could be had", Watchdog::reserve),
                        Probe.of("no thread could be started", Watchdog::startThread),
                        Probe.of("no request could run", Watchdog::startRequest),
                        Probe.of("the server did not accept connections", listening));
        Watchdog watchdog = new Watchdog(probes, patience, PERIOD, () -> runtime.halt(exitCode));
        Thread.ofPlatform().daemon(true).name("watchdog").start(watchdog::watch);
    }

    /** Watches until interrupted. */
    void watch() {
        FileOutputStream err = new FileOutputStream(FileDescriptor.err);
        long good = System.nanoTime();
        try {
            while (true) {
                Probe failed = firstFailure();
                long now = System.nanoTime();
                if (failed == null) {
                    good = now;
                } else if (now - good > patience.toNanos()) {
                    print(err, failed.lastWords());
                    end.run();
                }
                Thread.sleep(period);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private @Nullable Probe firstFailure() throws InterruptedException {
        for (int i = 0; i < probes.size(); i++) {
            Probe probe = probes.get(i);
            try {
                probe.check().run();
            } catch (IOException | OutOfMemoryError e) {
                return probe;
            }
        }
        return null;
    }

    private static void print(FileOutputStream err, byte[] text) {
        try {
            err.write(text);
        } catch (IOException | OutOfMemoryError e) {
            // The exit code says it too.
        }
    }

    private static void allocate() {
        byte[] memory = new byte[HEAP_BYTES];
        try {
            memory[0] = 1;
        } finally {
            // Keeps the compiler from removing the allocation.
            Reference.reachabilityFence(memory);
        }
    }

    /**
     * Reserves memory of the kind that sockets and files need. The collections that {@link
     * #allocate} brings about give it back.
     */
    private static void reserve() {
        var _ = ByteBuffer.allocateDirect(DIRECT_BYTES);
    }

    private static void startThread() throws InterruptedException {
        Thread.ofPlatform().daemon(true).start(() -> {}).join();
    }

    /**
     * Requests run on virtual threads, which share a few processors and do not take turns: calls
     * that never wait keep everybody else from running, and the kernel goes on accepting
     * connections.
     */
    private static void startRequest() throws IOException, InterruptedException {
        if (!Thread.ofVirtual().start(() -> {}).join(PERIOD)) {
            throw new IOException("a virtual thread did not run");
        }
    }
}
