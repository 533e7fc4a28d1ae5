package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.virtio.VirtioDevice;
import java.nio.file.Path;
import java.util.List;

/**
 * What a machine is made of.
 *
 * @param name for its threads
 * @param kvm the device, usually {@code /dev/kvm}
 * @param vcpus 1 to 8
 * @param kernelModeEmulated whether this host's KVM emulates the guest's kernel mode
 * @param devices each gets a window and an interrupt line, in this order
 * @param ports what there is on the port bus, beside the keyboard controller that resets it
 * @param threads makes its threads
 */
record MachineSetup(
        String name,
        Path kvm,
        int vcpus,
        boolean kernelModeEmulated,
        List<VirtioDevice> devices,
        List<PortBus.Range> ports,
        MachineThreads threads) {

    MachineSetup {
        devices = List.copyOf(devices);
        ports = List.copyOf(ports);
        if (vcpus < 1 || vcpus > 8) {
            throw new IllegalArgumentException("a machine has 1 to 8 vCPUs, not " + vcpus);
        }
    }

    /** A machine on platform threads. */
    MachineSetup(
            String name,
            Path kvm,
            int vcpus,
            boolean kernelModeEmulated,
            List<VirtioDevice> devices,
            List<PortBus.Range> ports) {
        this(name, kvm, vcpus, kernelModeEmulated, devices, ports, MachineThreads.PLATFORM);
    }
}
