package dev.microsandbox.mcp.bench.vmm;

import dev.microsandbox.mcp.bench.measure.ProcessUsage;
import dev.microsandbox.mcp.bench.measure.Samples;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Compares our machine with QEMU's microvm on the same KVM with the same guest, alternating in one
 * run.
 *
 * <p>Memory is measured while several machines are alive. For QEMU it is that of the QEMU
 * processes, for ours it is the growth of this process, both without the guests' RAM. One machine
 * of each kind was started before, so that one-time costs are not counted. The growth of this
 * process while QEMU's machines start counts for QEMU, because they too are used through this
 * process.
 */
public final class VmmBench {

    private static final int ROUND_TRIPS = 50;
    private static final int MACHINES_AT_A_TIME = 2;

    private final SandboxFactory ours;
    private final SandboxFactory peer;
    private final SandboxConfig config;
    private final Consumer<String> progress;

    private final Pair agentReady = new Pair();
    private final Pair cpuTime = new Pair();
    private final Pair userTime = new Pair();
    private final Pair memory = new Pair();
    private final Pair sequential = new Pair();
    private final Pair random = new Pair();
    private final Pair roundTrip = new Pair();

    /** The measurements of both machines. */
    private record Pair(List<Double> ours, List<Double> peer) {
        Pair() {
            this(new ArrayList<>(), new ArrayList<>());
        }

        void add(boolean isOurs, double value) {
            (isOurs ? ours : peer).add(value);
        }

        VmmReport.Row row(String name, String unit, boolean isMoreBetter) {
            return new VmmReport.Row(
                    name, unit, isMoreBetter, new Samples("ours", ours), new Samples("qemu", peer));
        }
    }

    private VmmBench(
            SandboxFactory ours,
            SandboxFactory peer,
            SandboxConfig config,
            Consumer<String> progress) {
        this.ours = ours;
        this.peer = peer;
        this.config = config;
        this.progress = progress;
    }

    /**
     * Runs the benchmark.
     *
     * @param ours starts our machines
     * @param peer starts QEMU's machines
     * @param config the configuration of the machines
     * @param rounds how often each machine is started, and then measured while it runs
     * @param machines how many machines are alive when memory is measured
     * @param progress receives a line for each step
     */
    public static VmmReport run(
            SandboxFactory ours,
            SandboxFactory peer,
            SandboxConfig config,
            int rounds,
            int machines,
            Consumer<String> progress)
            throws IOException, InterruptedException {
        VmmBench bench = new VmmBench(ours, peer, config, progress);
        String machine = bench.startAlternating(rounds);
        bench.measureRunning(rounds);
        bench.measureMemory(false, machines);
        bench.measureMemory(true, machines);
        return new VmmReport(
                machine,
                List.of(
                        bench.agentReady.row("start to agent ready", "s", false),
                        bench.cpuTime.row("host CPU to agent ready", "s", false),
                        bench.userTime.row("of it in user mode", "s", false),
                        bench.memory.row("memory beside guest RAM", "MiB", false),
                        bench.sequential.row("sequential read, 1 MiB", "MiB/s", true),
                        bench.random.row("random read, 4 KiB", "reads/s", true),
                        bench.roundTrip.row("agent round trip", "ms", false)));
    }

    private String startAlternating(int rounds) throws IOException, InterruptedException {
        String machine = "";
        // The first round warms up, so that one-time loading and caching disadvantage neither
        // machine.
        for (int round = -1; round < rounds; round++) {
            for (boolean isOurs : new boolean[] {true, false}) {
                progress.accept("starting %s, %d of %d".formatted(name(isOurs), round + 1, rounds));
                ProcessUsage.Cpu before = ProcessUsage.cpu(ProcessHandle.current());
                long start = System.nanoTime();
                try (Sandbox sandbox = factory(isOurs).start(config)) {
                    double seconds = (System.nanoTime() - start) / 1e9;
                    ProcessUsage.Cpu used = ProcessUsage.cpu(ProcessHandle.current()).minus(before);
                    for (ProcessHandle process : qemus()) {
                        used = used.plus(ProcessUsage.cpu(process));
                    }
                    if (round >= 0) {
                        agentReady.add(isOurs, seconds);
                        cpuTime.add(isOurs, used.total());
                        userTime.add(isOurs, used.user());
                    }
                    if (isOurs) {
                        machine = sandbox.machine();
                    }
                }
            }
        }
        return machine;
    }

    private void measureRunning(int rounds) throws IOException, InterruptedException {
        progress.accept("one of each, side by side");
        try (Sandbox our = ours.start(config);
                Sandbox its = peer.start(config)) {
            for (int round = -1; round < rounds; round++) {
                progress.accept("round trips and disk, %d of %d".formatted(round + 1, rounds));
                for (boolean isOurs : new boolean[] {true, false}) {
                    Sandbox sandbox = isOurs ? our : its;
                    double millis = roundTripMillis(sandbox);
                    GuestDisk.Speed speed = GuestDisk.measure(sandbox);
                    if (round >= 0) {
                        roundTrip.add(isOurs, millis);
                        sequential.add(isOurs, speed.mebibytes());
                        random.add(isOurs, speed.smallReads());
                    }
                }
            }
        }
    }

    /** The median time of the smallest possible requests, in milliseconds. */
    private static double roundTripMillis(Sandbox sandbox) throws InterruptedException {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < ROUND_TRIPS; i++) {
            long start = System.nanoTime();
            var _ = sandbox.files().stat("/", true);
            millis.add((System.nanoTime() - start) / 1e6);
        }
        return new Samples("", millis).median();
    }

    private void measureMemory(boolean isOurs, int machines)
            throws IOException, InterruptedException {
        progress.accept("%d of %s at once, for their memory".formatted(machines, name(isOurs)));
        double before = ownMebibytes();
        List<Sandbox> sandboxes = startMany(factory(isOurs), machines);
        try {
            double used = ownMebibytes() - before;
            for (ProcessHandle process : qemus()) {
                used += mebibytes(process);
            }
            memory.add(isOurs, used / machines);
        } finally {
            sandboxes.forEach(Sandbox::close);
        }
    }

    private List<Sandbox> startMany(SandboxFactory factory, int machines)
            throws IOException, InterruptedException {
        List<Future<Sandbox>> starting = new ArrayList<>();
        List<Sandbox> started = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(MACHINES_AT_A_TIME)) {
            for (int i = 0; i < machines; i++) {
                starting.add(threads.submit(() -> factory.start(config)));
            }
            for (Future<Sandbox> sandbox : starting) {
                started.add(sandbox.get());
            }
            return started;
        } catch (ExecutionException e) {
            started.forEach(Sandbox::close);
            throw new IOException("a machine did not start: " + e.getCause(), e);
        }
    }

    /** The memory of this process after a garbage collection, in MiB. */
    private double ownMebibytes() throws IOException, InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(100);
        }
        return mebibytes(ProcessHandle.current());
    }

    private double mebibytes(ProcessHandle process) throws IOException {
        return ProcessUsage.memoryBesideGuests(process, config.memoryBytes() / 1024) / 1024.0;
    }

    private SandboxFactory factory(boolean isOurs) {
        return isOurs ? ours : peer;
    }

    private static String name(boolean isOurs) {
        return isOurs ? "our machine" : "QEMU";
    }

    private static List<ProcessHandle> qemus() {
        return ProcessHandle.current()
                .descendants()
                .filter(process -> process.info().command().orElse("").contains("qemu-system"))
                .toList();
    }
}
