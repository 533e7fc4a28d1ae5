package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.virtio.VirtioDevice;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a machine is made of.
 *
 * @param name for its threads
 * @param kvm the device, usually {@code /dev/kvm}
 * @param vcpus 1 to 8
 * @param kernelModeEmulated whether this host's KVM emulates the guest's kernel mode
 * @param devices each gets a window and an interrupt line, in this order
 * @param slots windows that there are; those behind the devices' are empty
 * @param ports what there is on the port bus, beside the keyboard controller that resets it
 * @param threads makes its threads
 * @param log takes a line about a device of it that stopped working, for the operator
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
     * A machine without empty slots, on platform threads, whose lines go to the program's log,
     * after its name.
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

    /** The same with so many windows. */
    MachineSetup withSlots(int count) {
        return new MachineSetup(
                name, kvm, vcpus, kernelModeEmulated, devices, count, ports, threads, log);
    }
}
