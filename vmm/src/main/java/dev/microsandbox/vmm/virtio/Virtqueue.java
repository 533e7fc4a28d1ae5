package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.memory.GuestAddressException;
import dev.microsandbox.vmm.memory.GuestMemory;
import dev.microsandbox.vmm.memory.GuestRange;
import dev.microsandbox.vmm.memory.RingMemory;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The device's side of a split virtqueue (virtio 1.2, section 2.7). The caller holds {@link
 * VirtioDevice#lock} of the queue's device.
 *
 * <p>The rings are in guest memory, and the guest may change them at any time. So each index is
 * read once and then validated, each descriptor is copied once and the copy is validated, and no
 * loop runs longer than the queue's size. An invalid chain goes back to the driver with length 0.
 * Ring indices that make no sense break the queue: it is dead until the driver resets the device.
 */
final class Virtqueue {

    // Descriptor table entries: struct virtq_desc.
    private static final int DESCRIPTOR_BYTES = 16;
    private static final int FLAG_NEXT = 1;
    private static final int FLAG_WRITE = 2;
    private static final int FLAG_INDIRECT = 4;

    // Available and used ring: flags and idx, then the entries, then the event index for the other
    // side.
    private static final int RING_INDEX = 2;
    private static final int RING_ENTRIES = 4;
    private static final int AVAIL_ENTRY_BYTES = 2;
    private static final int USED_ENTRY_BYTES = 8;
    private static final int AVAIL_NO_INTERRUPT = 1;
    private static final int USED_NO_NOTIFY = 1;

    /** More than any request of a Linux driver, and small enough that no sum overflows. */
    static final long MOST_CHAIN_BYTES = 64L << 20;

    private final GuestMemory memory;
    private final RingMemory rings;
    private final int size;
    private final long descriptors;
    private final long available;
    private final long used;
    private final boolean eventIndex;
    private final Runnable interrupt;
    private final Consumer<String> broken;

    private int nextAvailable;
    private int nextUsed;

    /** The used index at the last check of whether the driver wants an interrupt. */
    private int signalledUsed;

    private boolean silenced;
    private boolean dead;

    /** How many chains in a row had nothing that the device could use. */
    private int useless;

    /**
     * Creates a queue on rings that the driver has placed.
     *
     * @param eventIndex whether VIRTIO_F_EVENT_IDX was negotiated
     * @param interrupt interrupts the driver because buffers were used
     * @param broken called once, with the reason, when the queue breaks
     */
    Virtqueue(
            GuestMemory memory,
            QueuePlace place,
            boolean eventIndex,
            Runnable interrupt,
            Consumer<String> broken) {
        this.memory = memory;
        this.rings = memory.rings();
        this.size = place.size();
        this.descriptors = place.descriptors();
        this.available = place.available();
        this.used = place.used();
        this.eventIndex = eventIndex;
        this.interrupt = interrupt;
        this.broken = broken;
        this.dead = !place.isValid(memory);
    }

    /**
     * The queue's state to save.
     *
     * @param idle the state with only the registers
     */
    QueueState save(QueueState idle) {
        return new QueueState(
                idle.size(),
                idle.ready(),
                idle.descriptors(),
                idle.available(),
                idle.used(),
                nextAvailable,
                nextUsed,
                signalledUsed,
                silenced,
                dead);
    }

    /** Continues at the position of a saved queue on the same memory. */
    void restore(QueueState state) {
        nextAvailable = state.nextAvailable() & 0xffff;
        nextUsed = state.nextUsed() & 0xffff;
        signalledUsed = state.signalledUsed() & 0xffff;
        silenced = state.silenced();
        dead |= state.dead();
    }

    /**
     * Takes a chain again that was taken before the machine was saved and was not completed.
     *
     * @param head the chain's head
     * @return the chain; null if it is not valid any more, in which case it was returned to the
     *     driver
     */
    @Nullable DescriptorChain takeAgain(int head) {
        if (dead || head < 0 || head >= size) {
            return null;
        }
        DescriptorChain chain = new DescriptorChain(head);
        boolean valid;
        try {
            valid = fill(chain);
            rings.settle();
        } catch (GuestAddressException e) {
            die(e);
            return null;
        } catch (InternalError e) {
            throw rings.fault(e);
        }
        if (valid) {
            return chain;
        }
        complete(chain, 0);
        return null;
    }

    /** A device's handling of a request. */
    @FunctionalInterface
    interface Service {

        /**
         * Serves one request.
         *
         * @return how many bytes were written to the writable buffers, from their beginning
         */
        long serve(DescriptorChain chain);
    }

    /**
     * Serves the waiting chains, then signals the driver once.
     *
     * @param most the most chains to serve before other devices get their turn
     * @return whether more chains may be waiting
     */
    boolean serve(int most, Service service) {
        boolean more = true;
        for (int i = 0; i < most && more; i++) {
            DescriptorChain chain = poll();
            if (chain == null) {
                more = false;
            } else {
                complete(chain, service.serve(chain));
            }
        }
        signal();
        return more;
    }

    /**
     * Takes the next valid chain. If there is none, asks the driver to notify the device of the
     * next one.
     *
     * @return null if there is none
     */
    @Nullable DescriptorChain poll() {
        try {
            DescriptorChain chain = next();
            rings.settle();
            return chain;
        } catch (InternalError e) {
            throw rings.fault(e);
        }
    }

    /** Like {@link #poll}, but nothing that was read counts yet. */
    private @Nullable DescriptorChain next() {
        try {
            // Each iteration consumes an entry. There are more entries than the queue's size only
            // if the driver adds them meanwhile. The bound keeps such a driver from occupying this
            // thread.
            for (int i = 0; i < size; i++) {
                if (dead || !hasNext()) {
                    return null;
                }
                DescriptorChain chain = take();
                if (chain != null) {
                    return chain;
                }
            }
            return null;
        } catch (GuestAddressException e) {
            // The rings were validated to lie in RAM, so this should not happen.
            die(e);
            return null;
        }
    }

    /**
     * Records whether a chain had buffers for the device, which has to keep taking chains until one
     * has. A driver that adds more useless ones in a row than the queue holds breaks the queue.
     */
    void used(boolean useful) {
        useless = useful ? 0 : useless + 1;
        if (useless > size) {
            die("its driver adds only buffers without a byte");
        }
    }

    private boolean hasNext() {
        int ahead = ahead();
        if (ahead == 0) {
            askForNotification();
            ahead = ahead();
            if (ahead == 0) {
                return false;
            }
        }
        if (ahead > size) {
            die("its available index is " + ahead + " ahead of the last one, its size is " + size);
            return false;
        }
        silenceNotifications();
        return true;
    }

    private int ahead() {
        return (availableIndex() - nextAvailable) & 0xffff;
    }

    private int availableIndex() {
        return rings.u16Acquire(available + RING_INDEX);
    }

    /**
     * Takes one entry from the available ring.
     *
     * @return null if the chain was not valid and was returned to the driver
     */
    private @Nullable DescriptorChain take() {
        int slot = nextAvailable & (size - 1);
        int head = rings.u16(available + RING_ENTRIES + (long) slot * AVAIL_ENTRY_BYTES);
        nextAvailable = (nextAvailable + 1) & 0xffff;
        if (head >= size) {
            // There is no chain that could be returned.
            die("its available ring has descriptor " + head + ", its size is " + size);
            return null;
        }
        DescriptorChain chain = new DescriptorChain(head);
        if (fill(chain)) {
            return chain;
        }
        complete(chain, 0);
        signal();
        return null;
    }

    /**
     * Follows the descriptors and adds their buffers to the chain.
     *
     * @return false if the chain is not valid
     */
    private boolean fill(DescriptorChain chain) {
        int index = chain.head();
        for (int count = 0; count < size; count++) {
            // Copies the descriptor once, so that the validated values are the ones that are used.
            long at = descriptors + (long) index * DESCRIPTOR_BYTES;
            long address = rings.u64(at);
            long length = rings.u32(at + 8) & 0xffff_ffffL;
            int flagsAndNext = rings.u32(at + 12);
            int flags = flagsAndNext & 0xffff;
            if ((flags & FLAG_INDIRECT) != 0 || !add(chain, address, length, flags)) {
                return false;
            }
            if ((flags & FLAG_NEXT) == 0) {
                return true;
            }
            index = flagsAndNext >>> 16;
            if (index >= size) {
                return false;
            }
        }
        return false; // the chain is longer than the table, so it has a loop
    }

    private boolean add(DescriptorChain chain, long address, long length, int flags) {
        if (chain.readableBytes() + chain.writableBytes() + length > MOST_CHAIN_BYTES) {
            return false;
        }
        GuestRange buffer;
        try {
            buffer = memory.range(address, length);
        } catch (GuestAddressException e) {
            return false;
        }
        if ((flags & FLAG_WRITE) != 0) {
            chain.addWritable(buffer);
            return true;
        }
        if (!chain.writable().isEmpty()) {
            return false; // readable buffers must come first (2.7.4.2)
        }
        chain.addReadable(buffer);
        return true;
    }

    /**
     * Returns a chain to the driver. The driver sees it at once; {@link #signal} interrupts it.
     *
     * @param written how many bytes were written to the writable buffers, from their beginning
     */
    void complete(DescriptorChain chain, long written) {
        if (dead) {
            return;
        }
        try {
            long entry = used + RING_ENTRIES + (long) (nextUsed & (size - 1)) * USED_ENTRY_BYTES;
            rings.putU32(entry, chain.head());
            rings.putU32(entry + 4, (int) Math.min(written, chain.writableBytes()));
            nextUsed = (nextUsed + 1) & 0xffff;
            rings.putU16Release(used + RING_INDEX, nextUsed);
            rings.settle();
        } catch (GuestAddressException e) {
            die(e);
        } catch (InternalError e) {
            throw rings.fault(e);
        }
    }

    /**
     * Interrupts the driver if chains were completed since the last call and it wants an interrupt.
     */
    void signal() {
        if (dead || signalledUsed == nextUsed) {
            return;
        }
        // The driver must see the used index before the device reads whether the driver waits for
        // it (2.7.7.2).
        VarHandle.fullFence();
        boolean wanted = interruptWanted();
        signalledUsed = nextUsed;
        if (wanted) {
            interrupt.run();
        }
    }

    private boolean interruptWanted() {
        try {
            boolean wanted;
            if (eventIndex) {
                int event = rings.u16Acquire(available + RING_ENTRIES + 2L * size);
                // An interrupt is wanted if the used index has passed the event index since the
                // last signal.
                int passed = (nextUsed - signalledUsed) & 0xffff;
                wanted = ((nextUsed - event - 1) & 0xffff) < passed;
            } else {
                wanted = (rings.u16Acquire(available) & AVAIL_NO_INTERRUPT) == 0;
            }
            rings.settle();
            return wanted;
        } catch (InternalError e) {
            throw rings.fault(e);
        }
    }

    private void askForNotification() {
        if (eventIndex) {
            rings.putU16Release(
                    used + RING_ENTRIES + (long) USED_ENTRY_BYTES * size, nextAvailable);
        } else {
            rings.putU16Release(used, 0);
            silenced = false;
        }
        // The driver must see this before the device looks at the ring for the last time (2.7.10).
        VarHandle.fullFence();
    }

    /**
     * Asks the driver not to notify. With event indices there is nothing to do, because the event
     * index of the last request stays behind.
     */
    private void silenceNotifications() {
        if (!eventIndex && !silenced) {
            rings.putU16Release(used, USED_NO_NOTIFY);
            silenced = true;
        }
    }

    private void die(GuestAddressException cause) {
        die("its rings: " + cause.getMessage());
    }

    private void die(String reason) {
        if (!dead) {
            dead = true;
            broken.accept(reason);
        }
    }
}
