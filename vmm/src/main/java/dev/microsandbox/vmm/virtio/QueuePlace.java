package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.memory.GuestAddressException;
import dev.microsandbox.vmm.memory.GuestMemory;

/**
 * The guest-physical addresses of a queue's rings, chosen by the driver.
 *
 * @param size the number of descriptors
 */
record QueuePlace(int size, long descriptors, long available, long used) {

    /** The place of a queue that the driver does not use. */
    static final QueuePlace NONE = new QueuePlace(0, 0, 0, 0);

    /** Describes the addresses, for a message about an invalid place. */
    String inWords() {
        return "%d descriptors at 0x%x, available ring at 0x%x, used ring at 0x%x"
                .formatted(size, descriptors, available, used);
    }

    /**
     * Whether the size is a power of two, and the rings are aligned as the specification requires
     * (virtio 1.2, 2.7) and lie in RAM.
     */
    boolean isValid(GuestMemory memory) {
        if (Integer.bitCount(size) != 1 || (descriptors & 15) != 0) {
            return false;
        }
        if ((available & 1) != 0 || (used & 3) != 0) {
            return false;
        }
        try {
            memory.range(descriptors, 16L * size);
            memory.range(available, 6 + 2L * size);
            memory.range(used, 6 + 8L * size);
            return true;
        } catch (GuestAddressException e) {
            return false;
        }
    }
}
