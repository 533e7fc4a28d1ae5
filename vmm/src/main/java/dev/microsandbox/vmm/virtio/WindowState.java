package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.state.StateReader;
import dev.microsandbox.vmm.state.StateWriter;
import java.util.List;

/**
 * A device behind its window of registers: what the driver has written there, its queues, and what
 * the device itself remembers.
 *
 * @param status the device status register
 * @param driverFeatures that the driver has written
 * @param deviceFeaturesSelect which half of the features is read, as are the next two selections
 * @param interruptStatus what the driver has not acknowledged
 * @param generation of the configuration
 * @param active whether the device has its queues: the driver was ready, and they were valid
 * @param queues one for each of the device's
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
     * @throws IllegalArgumentException if it is anything else
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
