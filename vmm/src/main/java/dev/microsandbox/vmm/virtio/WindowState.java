package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.state.StateReader;
import dev.microsandbox.vmm.state.StateWriter;
import java.util.List;

/**
 * The saved state of a register window: the values that the driver has written, the queues, and the
 * device's own state.
 *
 * @param status the device status register
 * @param driverFeatures the features that the driver has accepted
 * @param deviceFeaturesSelect which 32 bits of the device's features the driver reads
 * @param driverFeaturesSelect which 32 bits of the driver's features the driver writes
 * @param queueSelect the queue to which the queue registers belong
 * @param interruptStatus the interrupt causes that the driver has not acknowledged
 * @param generation of the configuration space
 * @param active whether the device has its queues: the driver was ready, and the queues were valid
 * @param queues one for each of the device's queues
 * @param device the device's own state
 */
public record WindowState(
        int status,
        long driverFeatures,
        int deviceFeaturesSelect,
        int driverFeaturesSelect,
        int queueSelect,
        int interruptStatus,
        int generation,
        boolean active,
        List<QueueState> queues,
        DeviceState device) {

    public WindowState {
        queues = List.copyOf(queues);
    }

    public void write(StateWriter to) {
        to.u32(status);
        to.u64(driverFeatures);
        to.u32(deviceFeaturesSelect);
        to.u32(driverFeaturesSelect);
        to.u32(queueSelect);
        to.u32(interruptStatus);
        to.u32(generation);
        to.flag(active);
        to.list(queues, queue -> queue.write(to));
        device.write(to);
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IllegalArgumentException if the bytes are anything else
     */
    public static WindowState read(StateReader from) {
        return new WindowState(
                from.u32(),
                from.u64(),
                from.u32(),
                from.u32(),
                from.u32(),
                from.u32(),
                from.u32(),
                from.flag(),
                from.list(QueueState.BYTES, () -> QueueState.read(from)),
                DeviceState.read(from));
    }
}
