package dev.microsandbox.vmm.kvmmachine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.ExecRequest;
import dev.microsandbox.vmm.Exit;
import dev.microsandbox.vmm.HostSpeed;
import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.KernelBudget;
import dev.microsandbox.vmm.KernelBudget.Work;
import dev.microsandbox.vmm.Recorder;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.TestSandboxes;
import dev.microsandbox.vmm.agent.AgentSandbox;
import dev.microsandbox.vmm.host.KvmFinding;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.GuestMachine;
import dev.microsandbox.vmm.machine.RestorableMachine;
import dev.microsandbox.vmm.snapshot.Requirements;
import dev.microsandbox.vmm.snapshot.Snapshot;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Saves the guest's Linux in the middle of its agent's first message, starts other machines from
 * the snapshot, and restores it in place.
 */
@Timeout(900)
@KernelBudget(seconds = 300)
@Work(170)
class SnapshotIT {

    private static final SandboxConfig CONFIG = SandboxConfig.DEFAULT.withMemoryBytes(256L << 20);

    // docs/agent-protocol.md, section 2 and 5.
    private static final int ACCEPT = 2;
    private static final int OPEN = 3;
    private static final int END = 9;
    private static final int PING = 10;
    private static final int PONG = 11;
    private static final short CONFIGURE = 1;

    private static final int HEADER_BYTES = 12;

    /** The version. */
    private static final byte[] ACCEPTED = {4, 0};

    /** How many bytes of the agent's HELLO the first machine's host reads. */
    private static final int READ_BYTES = 5;

    @TempDir Path directory;

    @Test
    void linuxGoesOnInOtherMachinesAndBack() throws Exception {
        KvmFinding kvm = HostSpeed.kvm();
        Assumptions.assumeTrue(kvm.canRun(), () -> "skipped: " + kvm.text());
        KvmMachineKind kind = new KvmMachineKind(kvm.state() == KvmFinding.State.EMULATED, "test");
        GuestFiles guest = TestSandboxes.guestFiles();
        Requirements requirements = GuestRequirements.of(guest);

        byte[] greeting;
        Path saved = directory.resolve("booted");
        KvmMachine first = KvmMachine.start("first", guest, CONFIG, kind);
        try {
            greeting = first.agentInput().readNBytes(READ_BYTES);
            assertThat(greeting).hasSize(READ_BYTES);
            long start = System.nanoTime();
            long bytes = save(first, saved);
            System.err.println("saved in " + millis(start) + " ms: " + bytes + " bytes");
            // The saved machine itself continues too.
            assertThat(uptime(first, greeting)).isPositive();
        } finally {
            first.stop();
        }

        long opening = System.nanoTime();
        try (Snapshot snapshot = Snapshot.open(saved, requirements)) {
            System.err.println("opened in " + millis(opening) + " ms");
            double[] uptimes = new double[2];
            int unit = Math.max(1, HostSpeed.slowness() / 20);
            for (int i = 0; i < 2; i++) {
                KvmMachine clone = KvmMachine.resume("clone" + i, snapshot, guest, kind);
                try {
                    uptimes[i] = uptime(clone, greeting);
                } finally {
                    clone.stop();
                }
                Thread.sleep(6_000L * unit);
            }
            // The second machine started that much later than the first, and does not know it. The
            // longer the delay, the less the time matters that output takes to arrive.
            System.err.println("time since boot: " + uptimes[0] + " s and " + uptimes[1] + " s");
            assertThat(Math.abs(uptimes[0] - uptimes[1])).isLessThan(4 * unit);

            KvmMachine clone = KvmMachine.resume("clone", snapshot, guest, kind);
            try {
                // Each time, the agent takes the answer to its HELLO for the first one.
                for (int i = 0; i < 3; i++) {
                    greet(clone);
                    configure(clone);
                    putBack(clone, saved);
                }
                greet(clone);
                ping(clone);
                Path changed = directory.resolve("changed");
                assertThat(save(clone, changed)).isLessThan(Files.size(saved.resolve("memory.0")));
                putBack(clone, saved);
                assertThat(uptime(clone, greeting)).isPositive();
                KvmMachine later = KvmMachine.resume("later", changed, guest, CONFIG, kind);
                try {
                    // It has received its answer already.
                    ping(later);
                    configure(later);
                } finally {
                    later.stop();
                }
            } finally {
                clone.stop();
            }
        }
    }

    private static long save(KvmMachine machine, Path directory) throws InterruptedException {
        try (RestorableMachine.Saving saving = machine.beginSaving(directory)) {
            saving.take();
            return saving.finish();
        }
    }

    private static void putBack(KvmMachine machine, Path directory) throws InterruptedException {
        try (RestorableMachine.Restoring restoring = machine.beginRestoring(directory)) {
            restoring.run(() -> {});
        }
    }

    static void report(String what, List<Double> millis) {
        millis.sort(null);
        System.err.printf(
                "%s: median %.2f ms, 90 %% %.2f ms, most %.2f ms (%d runs)%n",
                what,
                millis.get(millis.size() / 2),
                millis.get(millis.size() * 9 / 10),
                millis.getLast(),
                millis.size());
    }

    private static long millis(long start) {
        return (System.nanoTime() - start) / 1_000_000;
    }

    /**
     * Answers the agent's HELLO like a new host, after a part of the HELLO was read, and runs a
     * command.
     *
     * @return the time since the guest's boot when this was called, in seconds
     */
    private static double uptime(KvmMachine machine, byte[] greeting) throws Exception {
        long start = System.nanoTime();
        try (Sandbox sandbox =
                AgentSandbox.connect("snapshot", new PartlyRead(machine, greeting), CONFIG)) {
            long[] printed = {start};
            Recorder recorder =
                    new Recorder() {
                        @Override
                        public void stdout(byte[] bytes) {
                            printed[0] = System.nanoTime();
                            super.stdout(bytes);
                        }
                    };
            Exit exit = sandbox.exec(ExecRequest.of("cat", "/proc/uptime"), recorder);
            assertThat(exit.isSuccess()).isTrue();
            String[] words = recorder.out().split("\\s+", -1);
            return Double.parseDouble(words[0]) - (printed[0] - start) / 1e9;
        }
    }

    /** A machine from whose agent some bytes were read before. */
    private record PartlyRead(KvmMachine machine, byte[] read) implements GuestMachine {

        @Override
        public Isolation isolation() {
            return machine.isolation();
        }

        @Override
        public String description() {
            return machine.description();
        }

        @Override
        public InputStream agentInput() {
            return new SequenceInputStream(new ByteArrayInputStream(read), machine.agentInput());
        }

        @Override
        public OutputStream agentOutput() {
            return machine.agentOutput();
        }

        @Override
        public String lastWords() {
            return machine.lastWords();
        }

        @Override
        public void stop() {
            machine.stop();
        }
    }

    /** Reads the rest of the HELLO, and answers it. */
    private static void greet(KvmMachine machine) throws IOException {
        readFrame(machine.agentInput(), READ_BYTES);
        write(machine.agentOutput(), 0, ACCEPT, ACCEPTED);
    }

    private static void configure(KvmMachine machine) throws IOException {
        byte[] arguments = new byte[22]; // neither a name nor entropy
        ByteBuffer.wrap(arguments)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort(CONFIGURE)
                .putLong(System.currentTimeMillis() * 1_000_000)
                .putInt(18, 120_000);
        write(machine.agentOutput(), 1, OPEN, arguments);
        assertThat(readFrame(machine.agentInput(), 0)).isEqualTo(END);
    }

    private static void ping(KvmMachine machine) throws IOException {
        write(machine.agentOutput(), 0, PING, new byte[Long.BYTES]);
        assertThat(readFrame(machine.agentInput(), 0)).isEqualTo(PONG);
    }

    private static void write(OutputStream out, int stream, int type, byte[] payload)
            throws IOException {
        byte[] frame = new byte[HEADER_BYTES + payload.length];
        ByteBuffer.wrap(frame)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(payload.length)
                .putInt(stream)
                .putInt(type)
                .put(payload);
        out.write(frame);
    }

    /**
     * Reads a frame.
     *
     * @param read how many of its bytes were read before; fewer than the header has
     * @return its type
     */
    private static int readFrame(InputStream in, int read) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        byte[] rest = in.readNBytes(HEADER_BYTES - read);
        header.put(read, rest);
        // The length of the HELLO was read before. It is not needed to read everything that is
        // available.
        if (read > 0) {
            byte[] some = new byte[4096];
            assertThat(in.read(some)).isPositive();
        } else {
            assertThat(in.readNBytes(header.getInt(0))).hasSize(header.getInt(0));
        }
        return header.get(8);
    }
}
