package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.virtio.VirtioDevice;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * The parts of a machine.
 *
 * @param name for its threads
 * @param kvm the device, usually {@code /dev/kvm}
 * @param vcpus 1 to 8
 * @param kernelModeEmulated whether this host's KVM emulates the guest's kernel mode
 * @param devices each gets a window and an interrupt line, in this order
 * @param slots the number of windows; those after the devices' windows are empty
 * @param ports the devices on the port bus, in addition to the keyboard controller that resets the
 *     machine
 * @param threads creates the machine's threads
 * @param log takes a line, for the operator, about a device that stopped working
 */
record MachineSetup(
        String name,
        Path kvm,
        int vcpus,
        boolean kernelModeEmulated,
        List<VirtioDevice> devices,
        int slots,
        List<PortBus.Range> ports,
        MachineThreads threads,
        Consumer<String> log) {

    MachineSetup {
        devices = List.copyOf(devices);
        ports = List.copyOf(ports);
        if (vcpus < 1 || vcpus > 8) {
            throw new IllegalArgumentException("a machine has 1 to 8 vCPUs, not " + vcpus);
        }
        if (slots < devices.size()) {
            throw new IllegalArgumentException(
                    "%d devices do not have room in %d slots".formatted(devices.size(), slots));
        }
    }

    /** A machine without empty slots. */
    MachineSetup(
            String name,
            Path kvm,
            int vcpus,
            boolean kernelModeEmulated,
            List<VirtioDevice> devices,
            List<PortBus.Range> ports,
            MachineThreads threads,
            Consumer<String> log) {
        this(name, kvm, vcpus, kernelModeEmulated, devices, devices.size(), ports, threads, log);
    }

    /**
     * A machine without empty slots, on platform threads. Its log lines go to the program's log,
     * prefixed with the machine's name.
     */
    MachineSetup(
            String name,
            Path kvm,
            int vcpus,
            boolean kernelModeEmulated,
            List<VirtioDevice> devices,
            List<PortBus.Range> ports) {
        this(
                name,
                kvm,
                vcpus,
                kernelModeEmulated,
                devices,
                ports,
                MachineThreads.PLATFORM,
                line ->
                        System.getLogger(Machine.class.getName())
                                .log(Level.WARNING, name + ": " + line));
    }

    /** A copy with the given number of windows. */
    MachineSetup withSlots(int count) {
        return new MachineSetup(
                name, kvm, vcpus, kernelModeEmulated, devices, count, ports, threads, log);
    }
}
