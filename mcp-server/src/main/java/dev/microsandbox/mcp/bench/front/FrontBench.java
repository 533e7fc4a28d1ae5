package dev.microsandbox.mcp.bench.front;

import dev.microsandbox.mcp.bench.measure.ProcessUsage;
import dev.microsandbox.mcp.bench.measure.Samples;
import dev.microsandbox.mcp.bench.measure.Scratch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Compares {@code workers: namespace} with {@code workers: shared}: light calls, alternating
 * between the two, and what only a front has.
 */
final class FrontBench {

    private static final String NAMESPACE = "bench";

    private static final int CALLS = 1000;
    private static final int CLIENTS = 64;
    private static final long LOAD_NANOS = 3_000_000_000L;

    /** A key may open 60 sessions in a minute. */
    private static final int SESSIONS_OF_KEY = 50;

    private final Path launcher;
    private final Path assets;
    private final int rounds;
    private final int sessions;

    /**
     * @param launcher the {@code msb} script
     * @param assets the user's images
     * @param sessions how many idle sessions a front has when its memory is measured
     */
    FrontBench(Path launcher, Path assets, int rounds, int sessions) {
        this.launcher = launcher;
        this.assets = assets;
        this.rounds = rounds;
        this.sessions = sessions;
    }

    /** What was measured of one way to run. */
    private static final class Results {
        final List<Double> latencies = new ArrayList<>();
        final List<Double> rates = new ArrayList<>();
    }

    FrontReport run() throws IOException, InterruptedException {
        try (Scratch one = scratch();
                Scratch two = scratch();
                ServerUnderTest shared =
                        ServerUnderTest.start(launcher, one.directory(), assets, "shared");
                ServerUnderTest front =
                        ServerUnderTest.start(launcher, two.directory(), assets, "namespace")) {
            Results ofShared = new Results();
            Results ofFront = new Results();
            String sharedKey = shared.key(NAMESPACE);
            String frontKey = front.key(NAMESPACE);
            List<Double> first = new ArrayList<>();
            List<Double> running = new ArrayList<>();
            for (int round = -1; round < rounds; round++) {
                // The first round only warms both up.
                Results a = round < 0 ? new Results() : ofShared;
                Results b = round < 0 ? new Results() : ofFront;
                measure(shared, sharedKey, a);
                measure(front, frontKey, b);
                if (round >= 0) {
                    first.add(millisToSession(front, front.key("new" + round)));
                    running.add(millisToSession(front, frontKey));
                }
            }
            long worker = residentKib(front.workers().getFirst());
            return new FrontReport(
                    new Samples("shared", ofShared.latencies),
                    new Samples("namespace", ofFront.latencies),
                    new Samples("shared", ofShared.rates),
                    new Samples("namespace", ofFront.rates),
                    new Samples("first request", first),
                    new Samples("running worker", running),
                    frontKib(front),
                    worker,
                    sessions);
        }
    }

    /** Workers have users of their own, who must be able to pass. */
    private static Scratch scratch() throws IOException {
        Scratch scratch = Scratch.create();
        Files.setPosixFilePermissions(
                scratch.directory(), PosixFilePermissions.fromString("rwx--x--x"));
        return scratch;
    }

    private static double millisToSession(ServerUnderTest server, String key) throws IOException {
        long begin = System.nanoTime();
        try (PlainClient client = new PlainClient(server.port(), key)) {
            client.initialize();
            return (System.nanoTime() - begin) / 1e6;
        }
    }

    private static void measure(ServerUnderTest server, String key, Results results)
            throws IOException, InterruptedException {
        try (PlainClient client = new PlainClient(server.port(), key)) {
            client.initialize();
            for (int call = 0; call < CALLS; call++) {
                long begin = System.nanoTime();
                client.ping();
                results.latencies.add((System.nanoTime() - begin) / 1e6);
            }
        }
        results.rates.add(rate(server));
    }

    /** Calls a second of many clients, each with a connection and a session. */
    private static double rate(ServerUnderTest server) throws IOException, InterruptedException {
        String key = server.key(NAMESPACE);
        String other = server.key(NAMESPACE);
        List<PlainClient> clients = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CLIENTS; i++) {
                PlainClient client = new PlainClient(server.port(), i % 2 == 0 ? key : other);
                clients.add(client);
                client.initialize();
            }
            long begin = System.nanoTime();
            List<Future<Integer>> counts = new ArrayList<>();
            for (PlainClient client : clients) {
                counts.add(threads.submit(() -> callUntil(client, begin + LOAD_NANOS)));
            }
            long all = 0;
            for (Future<Integer> count : counts) {
                all += count.get();
            }
            return all * 1e9 / (System.nanoTime() - begin);
        } catch (ExecutionException e) {
            throw new IOException("a client failed: " + e.getCause(), e);
        } finally {
            for (PlainClient client : clients) {
                client.close();
            }
        }
    }

    private static int callUntil(PlainClient client, long end) throws IOException {
        int count = 0;
        while (System.nanoTime() - end < 0) {
            client.ping();
            count++;
        }
        return count;
    }

    /**
     * The resident memory of a front with many idle sessions, on each of which a client listens.
     */
    private long frontKib(ServerUnderTest server) throws IOException, InterruptedException {
        List<PlainClient> clients = new ArrayList<>();
        try {
            String key = "";
            for (int i = 0; i < sessions; i++) {
                key = i % SESSIONS_OF_KEY == 0 ? server.key("idle") : key;
                PlainClient client = new PlainClient(server.port(), key);
                clients.add(client);
                client.initialize();
                client.listen();
            }
            // The heap returns what the opening took within a minute.
            Thread.sleep(60_000);
            return residentKib(server.front());
        } finally {
            for (PlainClient client : clients) {
                client.close();
            }
        }
    }

    private static long residentKib(ProcessHandle process) throws IOException {
        return ProcessUsage.residentKib(process);
    }
}
