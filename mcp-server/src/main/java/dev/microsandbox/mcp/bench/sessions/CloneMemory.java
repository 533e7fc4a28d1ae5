package dev.microsandbox.mcp.bench.sessions;

import dev.microsandbox.mcp.bench.measure.HostState;
import dev.microsandbox.mcp.bench.measure.ProcessUsage;
import dev.microsandbox.mcp.bench.measure.Samples;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures the host memory of an idle clone in two ways: by the growth of this process and its
 * children, and by the decrease of the host's available memory, which includes the kernel's own. A
 * first clone exists before, so that one-time costs are not counted.
 */
final class CloneMemory {

    private static final int CLONES = 16;

    private CloneMemory() {}

    /** Memory per clone, in MiB. */
    private record Cost(double all, double guest, double host) {}

    static List<SessionsReport.Row> measure(SessionsSetup setup)
            throws IOException, InterruptedException {
        List<Samples> all = new ArrayList<>();
        List<Samples> guest = new ArrayList<>();
        List<Samples> host = new ArrayList<>();
        Cost ours = cost(setup.clones(), setup);
        all.add(new Samples(SessionsBench.CLONE, List.of(ours.all())));
        guest.add(new Samples(SessionsBench.CLONE, List.of(ours.guest())));
        host.add(new Samples(SessionsBench.CLONE, List.of(ours.host())));
        SandboxFactory qemu = setup.peer();
        if (qemu != null) {
            Cost its = cost(qemu, setup);
            all.add(new Samples(SessionsBench.PEER, List.of(its.all())));
            guest.add(new Samples(SessionsBench.PEER, List.of(its.guest())));
            host.add(new Samples(SessionsBench.PEER, List.of(its.host())));
        }
        return List.of(
                new SessionsReport.Row("memory of an idle clone", "MiB", "under 3", all),
                new SessionsReport.Row("  of it guest RAM of its own", "MiB", "", guest),
                new SessionsReport.Row(
                        "  host's available memory less", "MiB", "others change it too", host));
    }

    private static Cost cost(SandboxFactory factory, SessionsSetup setup)
            throws IOException, InterruptedException {
        List<Sandbox> clones = new ArrayList<>();
        try {
            clones.add(factory.start(setup.config()));
            ProcessUsage.Memory before = settled(setup);
            long availableBefore = HostState.available();
            for (int i = 0; i < CLONES; i++) {
                clones.add(factory.start(setup.config()));
            }
            ProcessUsage.Memory used = settled(setup).minus(before);
            long less = availableBefore - HostState.available();
            return new Cost(
                    used.all() / 1024.0 / CLONES,
                    used.guests() / 1024.0 / CLONES,
                    less / (double) (1 << 20) / CLONES);
        } finally {
            clones.forEach(Sandbox::close);
        }
    }

    /** The memory of this process, after a garbage collection, and of its children. */
    private static ProcessUsage.Memory settled(SessionsSetup setup)
            throws IOException, InterruptedException {
        Thread.sleep(setup.settling());
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(100);
        }
        ProcessUsage.Memory memory = ProcessUsage.memory(ProcessHandle.current());
        for (ProcessHandle process : ProcessHandle.current().descendants().toList()) {
            memory = memory.plus(ProcessUsage.memory(process));
        }
        return memory;
    }
}
