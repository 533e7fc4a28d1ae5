package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.boot.EntryState;
import dev.microsandbox.vmm.boot.LongMode;
import dev.microsandbox.vmm.kvm.Kvm;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.snapshot.MachineState;
import dev.microsandbox.vmm.snapshot.Requirements;
import dev.microsandbox.vmm.snapshot.Snapshot;
import dev.microsandbox.vmm.snapshot.SnapshotWriter;
import dev.microsandbox.vmm.virtio.VirtioDevice;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Assumptions;

/** A machine whose guest is a few instructions in 64-bit kernel mode. */
final class BareMachine implements AutoCloseable {

    /** The guest files on which the requirements of snapshots are based. */
    static final GuestFiles GUEST =
            new GuestFiles(Path.of("/none"), "no kernel", Path.of("/none"), "no disk");

    static final long CODE = 0x10_0000;
    static final long DATA = 0x20_0000;
    private static final long DEVICE_DIRECTORY = 0xc000;
    private static final long MEMORY = 4 << 20;

    final GuestMemory memory;
    final Machine machine;

    private BareMachine(GuestMemory memory, Machine machine) {
        this.memory = memory;
        this.machine = machine;
    }

    /** Skips the test by name on a host without KVM. */
    static void assumeKvm() {
        Assumptions.assumeTrue(Files.isWritable(Kvm.DEVICE), "skipped: no usable " + Kvm.DEVICE);
    }

    static BareMachine create(Code code, List<PortBus.Range> ports, List<VirtioDevice> devices)
            throws Exception {
        return create(1, code, ports, devices);
    }

    /** Only the first vCPU runs the code; the others wait for it to start them. */
    static BareMachine create(
            int vcpus, Code code, List<PortBus.Range> ports, List<VirtioDevice> devices)
            throws Exception {
        return create(new MachineSetup("bare", Kvm.DEVICE, vcpus, true, devices, ports), code);
    }

    /** A machine with a device; the log takes the line about the device's failure. */
    static BareMachine create(Code code, VirtioDevice device, Consumer<String> log)
            throws Exception {
        MachineSetup setup =
                new MachineSetup(
                        "bare",
                        Kvm.DEVICE,
                        1,
                        true,
                        List.of(device),
                        List.of(),
                        MachineThreads.PLATFORM,
                        log);
        return create(setup, code);
    }

    private static BareMachine create(MachineSetup setup, Code code) throws Exception {
        GuestMemory memory = GuestMemory.allocate(MEMORY);
        Machine machine = Machine.create(setup, memory, List.of());
        byte[] bytes = code.assemble();
        memory.slice(CODE, bytes.length).copyFrom(MemorySegment.ofArray(bytes));
        return new BareMachine(memory, machine);
    }

    /** A machine with the given ports and devices, restored from a saved one. */
    static BareMachine restore(
            Snapshot snapshot, List<PortBus.Range> ports, List<VirtioDevice> devices)
            throws Exception {
        MachineState state = snapshot.state();
        GuestMemory memory = GuestMemory.copyOf(snapshot.memory());
        Machine machine =
                Machine.restore(
                        new MachineSetup(
                                "bare", Kvm.DEVICE, state.vcpus().size(), true, devices, ports),
                        memory,
                        List.of(),
                        state);
        return new BareMachine(memory, machine);
    }

    /** Starts a machine from a snapshot of one without ports and devices. */
    static BareMachine resume(Snapshot snapshot) throws Exception {
        BareMachine guest = restore(snapshot, List.of(), List.of());
        guest.machine.begin();
        return guest;
    }

    /** Saves the machine, which stays paused. */
    Snapshot save(Path directory) throws Exception {
        Requirements requirements = GuestRequirements.of(GUEST);
        try (SnapshotWriter writer = SnapshotWriter.begin(directory, requirements, memory.size())) {
            pauseAndTake(writer);
        }
        return Snapshot.open(directory, requirements);
    }

    /**
     * Saves what the machine has changed since the snapshot from which it was made. It stays
     * paused.
     */
    Snapshot saveChanges(Path directory, Snapshot origin) throws Exception {
        try (SnapshotWriter writer = SnapshotWriter.beginChanges(directory, origin)) {
            pauseAndTake(writer);
        }
        return Snapshot.open(directory, origin.requirements(), origin);
    }

    private void pauseAndTake(SnapshotWriter writer) throws Exception {
        if (!machine.pause()) {
            throw new IllegalStateException("the machine has ended");
        }
        machine.save(writer::take);
        writer.finish();
    }

    static BareMachine start(Code code, PortBus.Range... ports) throws Exception {
        return create(code, List.of(ports), List.of()).start();
    }

    BareMachine start() throws Exception {
        EntryState entry = LongMode.prepare(memory, CODE, 0);
        mapDevices();
        machine.start(entry);
        return this;
    }

    /** Identity-maps the fourth GiB, in which the devices are. */
    private void mapDevices() {
        memory.putU64(GuestLayout.PDPT + 3 * Long.BYTES, DEVICE_DIRECTORY | 3);
        for (long i = 0; i < 512; i++) {
            memory.putU64(DEVICE_DIRECTORY + i * Long.BYTES, (3L << 30) + (i << 21) | 0x83);
        }
    }

    /** Waits for the guest's own end. Its memory can be read until the machine is closed. */
    MachineEnd end() throws Exception {
        return Objects.requireNonNull(
                machine.awaitEnd(Duration.ofSeconds(20)), "the guest goes on and on");
    }

    @Override
    public void close() {
        machine.stop();
        machine.dismantled().orTimeout(20, TimeUnit.SECONDS).join();
    }
}
