package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.boot.CommandLine;
import dev.microsandbox.vmm.boot.KernelException;
import dev.microsandbox.vmm.boot.KernelImage;
import dev.microsandbox.vmm.boot.LinuxBoot;
import dev.microsandbox.vmm.kvm.Kvm;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.virtio.Balloon;
import dev.microsandbox.vmm.virtio.Block;
import dev.microsandbox.vmm.virtio.BlockFile;
import dev.microsandbox.vmm.virtio.Console;
import dev.microsandbox.vmm.virtio.Entropy;
import dev.microsandbox.vmm.virtio.VirtioDevice;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A sandbox's machine on KVM: the guest's Linux with its disk, its agent's port and a console. */
public final class KvmMachine implements GuestMachine {

    private static final Duration END_PATIENCE = Duration.ofSeconds(2);

    private final Machine machine;
    private final Console console;
    private final LogTail log;
    private final Isolation isolation;
    private final String description;

    private KvmMachine(
            Machine machine,
            Console console,
            LogTail log,
            Isolation isolation,
            String description) {
        this.machine = machine;
        this.console = console;
        this.log = log;
        this.isolation = isolation;
        this.description = description;
    }

    /**
     * Starts a machine.
     *
     * @param name for thread names
     * @param isolation what this host's KVM gives: by hardware, or by the host's kernel alone
     * @param description what {@link #description} is to say
     * @throws SandboxStartException if KVM refuses it, or an image is damaged
     */
    public static GuestMachine start(
            String name,
            Path kernel,
            Path rootfs,
            SandboxConfig config,
            Isolation isolation,
            String description) {
        boolean kernelModeEmulated = isolation != Isolation.HARDWARE;
        LogTail log = new LogTail();
        try {
            BlockFile disk = BlockFile.readOnly(rootfs);
            GuestMemory memory = allocate(config, disk);
            Console console = new Console(AGENT_PORT, log::append);
            List<VirtioDevice> devices =
                    List.of(
                            new Block(disk, log::append),
                            console,
                            new Entropy(),
                            new Balloon(memory));
            Machine machine =
                    Machine.create(
                            new MachineSetup(
                                    name,
                                    Kvm.DEVICE,
                                    config.cpus(),
                                    kernelModeEmulated,
                                    devices,
                                    List.of(
                                            new PortBus.Range(
                                                    SerialPort.FIRST_PORT,
                                                    SerialPort.PORTS,
                                                    new SerialPort(log)))),
                            memory,
                            List.of(disk));
            try {
                CommandLine line = new CommandLine(KernelParameters.forKvm(kernelModeEmulated));
                for (int i = 0; i < devices.size(); i++) {
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
            return new KvmMachine(machine, console, log, isolation, description);
        } catch (KernelException e) {
            throw new SandboxStartException(String.valueOf(e.getMessage()), e);
        } catch (LinuxException e) {
            throw new SandboxStartException(
                    "The sandbox's machine could not be made: " + e.getMessage(), e);
        }
    }

    private static GuestMemory allocate(SandboxConfig config, BlockFile disk)
            throws LinuxException {
        try {
            return GuestMemory.allocate(config.memoryBytes());
        } catch (LinuxException e) {
            disk.close();
            throw e;
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
