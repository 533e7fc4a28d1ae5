package dev.microsandbox.vmm.virtio;

import java.util.List;

/**
 * What a driver and a device have agreed on when the driver says DRIVER_OK.
 *
 * @param features negotiated, of the device's own
 * @param queues by index; one that the driver did not set up is never ready
 */
record Activation(long features, List<Virtqueue> queues, ConfigInterrupt configInterrupt) {

    Activation {
        queues = List.copyOf(queues);
    }
}
