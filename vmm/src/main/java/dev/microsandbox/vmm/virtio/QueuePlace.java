package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.memory.GuestAddressException;
import dev.microsandbox.vmm.memory.GuestMemory;

/**
 * Where a driver has put a queue's rings, all guest-physical.
 *
 * @param size how many descriptors
 */
record QueuePlace(int size, long descriptors, long available, long used) {

    /** Of a queue that the driver does not use. */
    static final QueuePlace NONE = new QueuePlace(0, 0, 0, 0);

    /** Where the rings are, for a message about a place that is not valid. */
    String inWords() {
        return "%d descriptors at 0x%x, available ring at 0x%x, used ring at 0x%x"
                .formatted(size, descriptors, available, used);
    }

    /** Whether the rings are aligned as they must be (virtio 1.2, 2.7) and wholly in RAM. */
    boolean isValid(GuestMemory memory) {
        if (Integer.bitCount(size) != 1 || (descriptors & 15) != 0) {
            return false;
        }
        if ((available & 1) != 0 || (used & 3) != 0) {
            return false;
        }
        try {
            memory.slice(descriptors, 16L * size);
            memory.slice(available, 6 + 2L * size);
            memory.slice(used, 6 + 8L * size);
            return true;
        } catch (GuestAddressException e) {
            return false;
        }
    }
}
