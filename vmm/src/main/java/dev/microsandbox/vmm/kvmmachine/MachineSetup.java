package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.virtio.VirtioDevice;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * The parts of a machine.
 *
 * @param name for its threads
 * @param kvm the device, usually {@code /dev/kvm}
 * @param vcpus 1 to 8
 * @param kernelModeEmulated whether this host's KVM emulates the guest's kernel mode
 * @param devices each gets a window and an interrupt line
 * @param slots the index of each device's window, in ascending order
 * @param windows the number of windows; those without a device are empty
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
        List<Integer> slots,
        int windows,
        List<PortBus.Range> ports,
        MachineThreads threads,
        Consumer<String> log) {

    MachineSetup {
        devices = List.copyOf(devices);
        slots = List.copyOf(slots);
        ports = List.copyOf(ports);
        if (vcpus < 1 || vcpus > 8) {
            throw new IllegalArgumentException("a machine has 1 to 8 vCPUs, not " + vcpus);
        }
        if (slots.size() != devices.size() || !isAscendingBelow(slots, windows)) {
            throw new IllegalArgumentException(
                    "%d devices do not fit slots %s of %d windows"
                            .formatted(devices.size(), slots, windows));
        }
    }

    private static boolean isAscendingBelow(List<Integer> slots, int windows) {
        int next = 0;
        for (int slot : slots) {
            if (slot < next || slot >= windows) {
                return false;
            }
            next = slot + 1;
        }
        return true;
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
        this(
                name,
                kvm,
                vcpus,
                kernelModeEmulated,
                devices,
                IntStream.range(0, devices.size()).boxed().toList(),
                devices.size(),
                ports,
                threads,
                log);
    }

    /** A machine without empty slots, on platform threads that no group limits. */
    MachineSetup(
            String name,
            Path kvm,
            int vcpus,
            boolean kernelModeEmulated,
            List<VirtioDevice> devices,
            List<PortBus.Range> ports) {
        this(name, kvm, vcpus, kernelModeEmulated, devices, ports, MachineThreads.PLATFORM);
    }

    /**
     * A machine without empty slots. Its log lines go to the program's log, prefixed with the
     * machine's name.
     */
    MachineSetup(
            String name,
            Path kvm,
            int vcpus,
            boolean kernelModeEmulated,
            List<VirtioDevice> devices,
            List<PortBus.Range> ports,
            MachineThreads threads) {
        this(
                name,
                kvm,
                vcpus,
                kernelModeEmulated,
                devices,
                ports,
                threads,
                line ->
                        System.getLogger(Machine.class.getName())
                                .log(Level.WARNING, name + ": " + line));
    }

    /** A copy whose devices are in the given slots of the given number of windows. */
    MachineSetup withSlots(List<Integer> places, int count) {
        return new MachineSetup(
                name, kvm, vcpus, kernelModeEmulated, devices, places, count, ports, threads, log);
    }
}
