package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.state.StateReader;
import dev.microsandbox.vmm.state.StateWriter;

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
        boolean dead) {

    /** Bytes that it takes. */
    static final int BYTES = 4 * Integer.BYTES + 3 * Long.BYTES + 3;

    void write(StateWriter to) {
        to.u32(size);
        to.flag(ready);
        to.u64(descriptors);
        to.u64(available);
        to.u64(used);
        to.u32(nextAvailable);
        to.u32(nextUsed);
        to.u32(signalledUsed);
        to.flag(silenced);
        to.flag(dead);
    }

    static QueueState read(StateReader from) {
        return new QueueState(
                from.u32(),
                from.flag(),
                from.u64(),
                from.u64(),
                from.u64(),
                from.u32(),
                from.u32(),
                from.u32(),
                from.flag(),
                from.flag());
    }
}
