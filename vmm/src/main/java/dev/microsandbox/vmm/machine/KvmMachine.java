package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.boot.CommandLine;
import dev.microsandbox.vmm.boot.KernelException;
import dev.microsandbox.vmm.boot.KernelImage;
import dev.microsandbox.vmm.boot.LinuxBoot;
import dev.microsandbox.vmm.kvm.CpuFeatures;
import dev.microsandbox.vmm.kvm.Kvm;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.snapshot.MachineState;
import dev.microsandbox.vmm.snapshot.Requirements;
import dev.microsandbox.vmm.snapshot.Snapshot;
import dev.microsandbox.vmm.snapshot.SnapshotWriter;
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
import org.jspecify.annotations.Nullable;

/** A sandbox's machine on KVM: the guest's Linux with its disk, its agent's port and a console. */
public final class KvmMachine implements GuestMachine {

    private static final Duration END_PATIENCE = Duration.ofSeconds(2);

    private final Machine machine;
    private final Console console;
    private final LogTail log;
    private final Isolation isolation;
    private final String description;

    /** What it goes on from; null if it was booted. */
    private final @Nullable Snapshot origin;

    private KvmMachine(
            Machine machine,
            Equipment equipment,
            Isolation isolation,
            String description,
            @Nullable Snapshot origin) {
        this.machine = machine;
        this.console = equipment.console();
        this.log = equipment.log();
        this.isolation = isolation;
        this.description = description;
        this.origin = origin;
    }

    /** What a sandbox's machine has on its buses. */
    private record Equipment(
            LogTail log, Console console, List<VirtioDevice> devices, List<PortBus.Range> ports) {

        static Equipment of(BlockFile disk, GuestMemory memory) {
            LogTail log = new LogTail();
            Console console = new Console(AGENT_PORT, log::append);
            return new Equipment(
                    log,
                    console,
                    List.of(
                            new Block(disk, log::append),
                            console,
                            new Entropy(),
                            new Balloon(memory)),
                    List.of(
                            new PortBus.Range(
                                    SerialPort.FIRST_PORT, SerialPort.PORTS, new SerialPort(log))));
        }

        MachineSetup setup(String name, int vcpus, boolean kernelModeEmulated) {
            return new MachineSetup(name, Kvm.DEVICE, vcpus, kernelModeEmulated, devices, ports);
        }
    }

    /**
     * Starts a machine.
     *
     * @param name for thread names
     * @param isolation what this host's KVM gives: by hardware, or by the host's kernel alone
     * @param description what {@link #description} is to say
     * @throws SandboxStartException if KVM refuses it, or an image is damaged
     */
    public static KvmMachine start(
            String name,
            Path kernel,
            Path rootfs,
            SandboxConfig config,
            Isolation isolation,
            String description) {
        boolean kernelModeEmulated = isolation != Isolation.HARDWARE;
        try {
            BlockFile disk = BlockFile.readOnly(rootfs);
            GuestMemory memory = withDisk(disk, () -> GuestMemory.allocate(config.memoryBytes()));
            Equipment equipment = Equipment.of(disk, memory);
            Machine machine =
                    Machine.create(
                            equipment.setup(name, config.cpus(), kernelModeEmulated),
                            memory,
                            List.of(disk));
            try {
                CommandLine line = new CommandLine(KernelParameters.forKvm(kernelModeEmulated));
                for (int i = 0; i < equipment.devices().size(); i++) {
                    line =
                            line.withVirtioMmio(
                                    GuestLayout.virtioMmio(i),
                                    GuestLayout.VIRTIO_MMIO_SIZE,
                                    GuestLayout.FIRST_VIRTIO_IRQ + i);
                }
                KernelImage image = KernelImage.load(kernel, memory);
                machine.start(LinuxBoot.prepare(memory, image, line, config.cpus()));
            } catch (LinuxException | KernelException | RuntimeException e) {
                machine.stop();
                throw e;
            }
            return new KvmMachine(machine, equipment, isolation, description, null);
        } catch (KernelException e) {
            throw new SandboxStartException(String.valueOf(e.getMessage()), e);
        } catch (LinuxException e) {
            throw new SandboxStartException(
                    "The sandbox's machine could not be made: " + e.getMessage(), e);
        }
    }

    /**
     * Starts a machine that goes on where another was saved. To its guest no time has passed, but
     * for the wall clock, which is as late as the snapshot is old until somebody sets it. All
     * machines of a snapshot have the same random numbers ahead of them until somebody sees to that
     * too. The agent's port goes on with the next byte that the saved machine's host would have
     * read.
     *
     * @param name for thread names
     * @param snapshot to stay open until the last machine has been made of it, its files to stay as
     *     they are until the last machine has ended
     * @param rootfs the file of the snapshot's requirements
     * @param isolation what this host's KVM gives
     * @param description what {@link #description} is to say
     * @throws SandboxStartException if KVM refuses it
     */
    public static KvmMachine resume(
            String name, Snapshot snapshot, Path rootfs, Isolation isolation, String description) {
        try {
            BlockFile disk = BlockFile.readOnly(rootfs);
            GuestMemory memory = withDisk(disk, () -> GuestMemory.copyOf(snapshot.memory()));
            Equipment equipment = Equipment.of(disk, memory);
            MachineState state = snapshot.state();
            Machine machine =
                    Machine.restore(
                            equipment.setup(
                                    name, state.vcpus().size(), isolation != Isolation.HARDWARE),
                            memory,
                            List.of(disk),
                            state);
            machine.begin();
            return new KvmMachine(machine, equipment, isolation, description, snapshot);
        } catch (LinuxException | IllegalArgumentException e) {
            throw new SandboxStartException(
                    "The sandbox's machine could not be made from its snapshot: " + e.getMessage(),
                    e);
        }
    }

    /** What a machine is made with beside the files that it closes when that fails. */
    private interface Making {
        GuestMemory make() throws LinuxException;
    }

    private static GuestMemory withDisk(BlockFile disk, Making making) throws LinuxException {
        try {
            return making.make();
        } catch (LinuxException | RuntimeException e) {
            disk.close();
            throw e;
        }
    }

    /**
     * What a snapshot made on this host of a guest of those files relies on, and one that is to be
     * used must rely on.
     */
    public static Requirements requirements(String kernelSha256, String rootfsSha256)
            throws IOException {
        try (Kvm kvm = Kvm.open(Kvm.DEVICE)) {
            return new Requirements(
                    CpuFeatures.of(kvm.supportedCpuid()), kernelSha256, rootfsSha256);
        }
    }

    /**
     * Saves the machine with all of its memory. It is held meanwhile, for some tens of milliseconds
     * for each hundred megabytes that its guest has used, and then goes on while this waits for the
     * disk. Whoever speaks a protocol through the agent's port does this between two messages.
     *
     * @param directory where the snapshot will be; nothing may be there
     * @param requirements of this host and the machine's files: see {@link #requirements(String,
     *     String)}
     * @return the snapshot's id
     * @throws IOException if the machine has ended, or the snapshot cannot be written; nothing is
     *     left of it then
     */
    public String save(Path directory, Requirements requirements)
            throws IOException, InterruptedException {
        return save(SnapshotWriter.begin(directory, requirements, machine.memoryBytes()));
    }

    /**
     * Saves the machine with what it has changed of the memory that it began with. The snapshot
     * needs the one that has all of that memory: {@link Snapshot#whole} of what it was resumed
     * from. Else as {@link #save}.
     *
     * @throws IllegalStateException if it was not resumed from a snapshot
     */
    public String saveChanges(Path directory) throws IOException, InterruptedException {
        return save(SnapshotWriter.beginChanges(directory, origin()));
    }

    private synchronized String save(SnapshotWriter begun)
            throws IOException, InterruptedException {
        try (SnapshotWriter writer = begun) {
            whilePaused(() -> machine.save(writer::take));
            return writer.finish();
        }
    }

    /**
     * Makes the machine again what it was when it was resumed, in place: in about a millisecond,
     * whatever it has done since. The streams of the agent's port stay the same, and go on with
     * what the guest sends after the snapshot; a read or write that is waiting goes on waiting.
     *
     * @throws IOException if the machine has ended, or does now as KVM refuses something
     * @throws IllegalStateException if it was not resumed from a snapshot
     */
    public synchronized void rollback() throws IOException, InterruptedException {
        MachineState state = origin().state();
        whilePaused(() -> machine.rollback(state));
    }

    private Snapshot origin() {
        if (origin == null) {
            throw new IllegalStateException("this machine was booted, and not resumed");
        }
        return origin;
    }

    /** What is done with a machine that stands still. */
    private interface Work {
        void run() throws IOException;
    }

    private void whilePaused(Work work) throws IOException, InterruptedException {
        try {
            if (!machine.pause()) {
                throw new IOException("the machine has ended");
            }
            work.run();
        } finally {
            machine.resume();
        }
    }

    @Override
    public Isolation isolation() {
        return isolation;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public InputStream agentInput() {
        return console.fromAgent();
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
