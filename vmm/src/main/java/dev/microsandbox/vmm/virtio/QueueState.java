package dev.microsandbox.vmm.virtio;

/**
 * A virtqueue, apart from what is in guest memory.
 *
 * @param size that the driver has written, as are the following up to {@code used}
 * @param ready whether the driver has said so
 * @param descriptors where the descriptor table is
 * @param available where the available ring is
 * @param used where the used ring is
 * @param nextAvailable index of the next entry to be taken
 * @param nextUsed index of the next entry to be given back
 * @param signalledUsed that index when the driver was last asked whether it wants an interrupt
 * @param silenced whether the driver was told not to notify
 * @param dead whether the driver has broken it
 */
public record QueueState(
        int size,
        boolean ready,
        long descriptors,
        long available,
        long used,
        int nextAvailable,
        int nextUsed,
        int signalledUsed,
        boolean silenced,
        boolean dead) {}
