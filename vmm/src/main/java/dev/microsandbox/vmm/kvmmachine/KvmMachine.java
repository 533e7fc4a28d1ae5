package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.boot.CommandLine;
import dev.microsandbox.vmm.boot.KernelException;
import dev.microsandbox.vmm.boot.KernelImage;
import dev.microsandbox.vmm.boot.LinuxBoot;
import dev.microsandbox.vmm.kvm.Kvm;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.KernelParameters;
import dev.microsandbox.vmm.machine.LogTail;
import dev.microsandbox.vmm.machine.PacedInput;
import dev.microsandbox.vmm.machine.RestorableMachine;
import dev.microsandbox.vmm.machine.Slot;
import dev.microsandbox.vmm.machine.TemplateMachine;
import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.memory.MemoryFaultException;
import dev.microsandbox.vmm.snapshot.MachineState;
import dev.microsandbox.vmm.snapshot.Snapshot;
import dev.microsandbox.vmm.virtio.Balloon;
import dev.microsandbox.vmm.virtio.Block;
import dev.microsandbox.vmm.virtio.BlockFile;
import dev.microsandbox.vmm.virtio.Console;
import dev.microsandbox.vmm.virtio.Entropy;
import dev.microsandbox.vmm.virtio.VirtioDevice;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A sandbox's machine on KVM: Linux as the guest, with its disk, the agent's port and a console.
 */
public final class KvmMachine implements RestorableMachine, TemplateMachine {

    private static final Duration END_PATIENCE = Duration.ofSeconds(2);

    private final Machine machine;
    private final Console console;
    private final InputStream agentInput;
    private final LogTail log;
    private final KvmMachineKind kind;
    private final KvmCheckpoints checkpoints;

    private KvmMachine(
            Machine machine, Equipment equipment, KvmMachineKind kind, KvmCheckpoints checkpoints) {
        this.machine = machine;
        this.console = equipment.console();
        this.agentInput = new PacedInput(console.fromAgent());
        this.log = equipment.log();
        this.kind = kind;
        this.checkpoints = checkpoints;
    }

    /** The devices of a sandbox's machine. */
    private record Equipment(
            LogTail log,
            Console console,
            SortedMap<Slot, VirtioDevice> devices,
            List<PortBus.Range> ports) {

        static Equipment of(BlockFile disk, GuestMemory memory) {
            LogTail log = new LogTail();
            Console console = new Console(AGENT_PORT, log::append);
            return new Equipment(
                    log,
                    console,
                    new TreeMap<>(
                            Map.of(
                                    Slot.ROOT,
                                    new Block(disk, Slot.ROOT.serial(), log::append),
                                    Slot.CONSOLE,
                                    console,
                                    Slot.ENTROPY,
                                    new Entropy(),
                                    Slot.BALLOON,
                                    new Balloon(memory))),
                    List.of(
                            new PortBus.Range(
                                    SerialPort.FIRST_PORT, SerialPort.PORTS, new SerialPort(log))));
        }

        MachineSetup setup(String name, int vcpus, boolean kernelModeEmulated) {
            return new MachineSetup(
                            name,
                            Kvm.DEVICE,
                            vcpus,
                            kernelModeEmulated,
                            List.copyOf(devices.values()),
                            ports,
                            new LimitedThreads(vcpus))
                    .withSlots(
                            devices.keySet().stream().map(Slot::index).toList(),
                            Slot.values().length);
        }
    }

    /**
     * Boots a machine.
     *
     * @param name for thread names
     * @param guest the kernel and the image that it boots
     * @param kind describes this host's KVM
     * @throws SandboxStartException if KVM refuses the machine, or an image is damaged
     */
    public static KvmMachine start(
            String name, GuestFiles guest, SandboxConfig config, KvmMachineKind kind) {
        MachineStartEvent event = new MachineStartEvent();
        event.startClock();
        boolean kernelModeEmulated = kind.kernelModeEmulated();
        try {
            BlockFile disk = BlockFile.readOnly(guest.rootfs());
            GuestMemory memory =
                    closingOnFailure(disk::close, () -> GuestMemory.allocate(config.memoryBytes()));
            BaseSnapshot base = BaseSnapshot.none();
            Equipment equipment = Equipment.of(disk, memory);
            Machine machine =
                    Machine.create(
                            equipment.setup(name, config.cpus(), kernelModeEmulated),
                            memory,
                            List.of(disk, base));
            try {
                CommandLine line = new CommandLine(KernelParameters.forKvm(kernelModeEmulated));
                for (Slot slot : Slot.values()) {
                    line =
                            line.withVirtioMmio(
                                    GuestLayout.virtioMmio(slot.index()),
                                    GuestLayout.VIRTIO_MMIO_SIZE,
                                    GuestLayout.FIRST_VIRTIO_IRQ + slot.index());
                }
                KernelImage image = KernelImage.load(guest.kernel(), memory);
                machine.start(LinuxBoot.prepare(memory, image, line, config.cpus()));
            } catch (LinuxException | KernelException | RuntimeException e) {
                machine.stop();
                throw e;
            }
            event.booted(name);
            return new KvmMachine(
                    machine, equipment, kind, new KvmCheckpoints(machine, guest, base));
        } catch (KernelException e) {
            throw new SandboxStartException(String.valueOf(e.getMessage()), e);
        } catch (LinuxException | MemoryFaultException e) {
            throw new SandboxStartException(
                    "The sandbox's machine could not be made: " + e.getMessage(), e);
        }
    }

    /**
     * Starts a machine that continues where another was saved. For its guest no time has passed;
     * its wall clock is behind by the age of the snapshot until somebody sets it. All machines of a
     * snapshot generate the same random numbers until somebody reseeds them. The agent's port
     * continues with the next byte that the saved machine's host would have read.
     *
     * @param name for thread names
     * @param snapshot stays open until the last machine made from it has ended
     * @param guest files that match the snapshot's requirements
     * @param kind describes this host's KVM
     * @throws SandboxStartException if KVM refuses the machine
     */
    public static KvmMachine resume(
            String name, Snapshot snapshot, GuestFiles guest, KvmMachineKind kind) {
        MachineStartEvent event = new MachineStartEvent();
        event.startClock();
        return resume(name, snapshot, BaseSnapshot.lent(snapshot), guest, kind, event);
    }

    /**
     * Like the other method, but opens the checkpoint's files itself and closes them with the
     * machine.
     *
     * @param checkpoint that was saved by {@link #beginSaving}
     * @param config with the vCPUs and the memory of the saved machine
     * @throws CheckpointException if the checkpoint cannot be used; says why and what to do
     * @throws SandboxStartException if KVM refuses the machine
     */
    public static KvmMachine resume(
            String name,
            Path checkpoint,
            GuestFiles guest,
            SandboxConfig config,
            KvmMachineKind kind)
            throws InterruptedException {
        MachineStartEvent event = new MachineStartEvent();
        event.startClock();
        Snapshot snapshot;
        try {
            snapshot = Snapshot.open(checkpoint, GuestRequirements.of(guest));
        } catch (IOException e) {
            throw KvmCheckpoints.unusable(e);
        }
        int vcpus = snapshot.state().vcpus().size();
        long memoryBytes = snapshot.memory().size();
        if (vcpus != config.cpus() || memoryBytes != config.memoryBytes()) {
            snapshot.close();
            throw new CheckpointException(
                    "The checkpoint is that of a sandbox with %d vCPUs and %d MiB of memory, not with %d and %d."
                            .formatted(
                                    vcpus,
                                    memoryBytes >> 20,
                                    config.cpus(),
                                    config.memoryBytes() >> 20),
                    null);
        }
        return resume(name, snapshot, BaseSnapshot.owned(snapshot), guest, kind, event);
    }

    private static KvmMachine resume(
            String name,
            Snapshot snapshot,
            BaseSnapshot base,
            GuestFiles guest,
            KvmMachineKind kind,
            MachineStartEvent event) {
        try {
            BlockFile disk =
                    closingOnFailure(base::close, () -> BlockFile.readOnly(guest.rootfs()));
            List<AutoCloseable> files = List.of(disk, base);
            GuestMemory memory =
                    closingOnFailure(
                            base::close,
                            () ->
                                    closingOnFailure(
                                            disk::close,
                                            () -> GuestMemory.copyOf(snapshot.memory())));
            Equipment equipment = Equipment.of(disk, memory);
            MachineState state = snapshot.state();
            Machine machine =
                    Machine.restore(
                            equipment.setup(name, state.vcpus().size(), kind.kernelModeEmulated()),
                            memory,
                            files,
                            state);
            machine.begin();
            event.resumed(name);
            return new KvmMachine(
                    machine, equipment, kind, new KvmCheckpoints(machine, guest, base));
        } catch (LinuxException | MemoryFaultException | IllegalArgumentException e) {
            throw new SandboxStartException(
                    "The sandbox's machine could not be made from its snapshot: " + e.getMessage(),
                    e);
        }
    }

    /** A step in making a machine. If it fails, the files that were opened before are closed. */
    private interface Step<T> {
        T run() throws LinuxException;
    }

    private static <T> T closingOnFailure(Runnable close, Step<T> step) throws LinuxException {
        try {
            return step.run();
        } catch (LinuxException | RuntimeException e) {
            close.run();
            throw e;
        }
    }

    /**
     * Saves the memory that has changed since the machine was last saved, restored or resumed; all
     * of the memory if none of that has happened since it was booted. The machine is paused while
     * that is written to the disk.
     */
    @Override
    public Saving beginSaving(Path directory) throws InterruptedException {
        return checkpoints.beginSaving(directory);
    }

    /**
     * Restores the machine in place, within milliseconds, whatever it has done since. No VM is
     * created or closed. The streams of the agent's port stay the same, and continue with what the
     * guest sends after the saved moment. A read or write that is waiting keeps waiting.
     */
    @Override
    public Restoring beginRestoring(Path directory) throws InterruptedException {
        return checkpoints.beginRestoring(directory);
    }

    /** Returns false, because KVM's clock continues while the machine is paused. */
    @Override
    public boolean clockStopsWhilePaused() {
        return false;
    }

    @Override
    public void save(Path directory) throws InterruptedException {
        try (Saving saving = beginSaving(directory)) {
            saving.take();
            long _ = saving.finish();
        }
    }

    @Override
    public Isolation isolation() {
        return kind.isolation();
    }

    @Override
    public String description() {
        return kind.description();
    }

    @Override
    public InputStream agentInput() {
        return agentInput;
    }

    @Override
    public OutputStream agentOutput() {
        return console.toAgent();
    }

    @Override
    public String lastWords() {
        MachineEnd end;
        try {
            end = machine.awaitEnd(END_PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end = null;
        }
        if (end != null && end.kind() == MachineEnd.Kind.STOPPED) {
            return "The sandbox was closed.";
        }
        String text =
                end == null
                        ? "The sandbox's machine is still running"
                        : "The sandbox's machine stopped: " + end.text();
        String lines = log.lastLines();
        return lines.isEmpty()
                ? text + " It left no words; 'msb image verify' tells whether its image is whole."
                : text + "\nIts last lines:\n" + lines;
    }

    @Override
    public void stop() {
        machine.stop();
    }
}
