package dev.microsandbox.vmm.virtio;

import java.util.List;

/**
 * What a driver and a device have negotiated when the driver sets DRIVER_OK.
 *
 * @param features the negotiated bits among the device's own features
 * @param queues by index; a queue that the driver did not set up never has a chain
 */
record Activation(long features, List<Virtqueue> queues, ConfigInterrupt configInterrupt) {

    Activation {
        queues = List.copyOf(queues);
    }
}
