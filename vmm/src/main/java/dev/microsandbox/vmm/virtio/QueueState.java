package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.state.StateReader;
import dev.microsandbox.vmm.state.StateWriter;

/**
 * The saved state of a virtqueue, except for its rings in guest memory.
 *
 * @param size the size register; like the following up to {@code used}, written by the driver
 * @param ready the ready register
 * @param descriptors guest-physical address of the descriptor table
 * @param available guest-physical address of the available ring
 * @param used guest-physical address of the used ring
 * @param nextAvailable index of the next entry that the device takes from the available ring
 * @param nextUsed index of the next entry that the device puts into the used ring
 * @param signalledUsed {@code nextUsed} when the device last checked whether the driver wants an
 *     interrupt
 * @param silenced whether the device has asked the driver not to notify it
 * @param dead whether the driver broke the queue
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

    /** Its size in a snapshot, in bytes. */
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
