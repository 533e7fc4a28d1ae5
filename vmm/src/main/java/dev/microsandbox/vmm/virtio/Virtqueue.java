package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.memory.GuestAddressException;
import dev.microsandbox.vmm.memory.GuestMemory;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The device's side of a split virtqueue (virtio 1.2, section 2.7). Used under its device's lock.
 *
 * <p>The rings are guest memory, and the guest may change them at any time. So an index is read
 * once and judged; a descriptor is copied once and judged as copied; no loop is longer than the
 * queue. A chain that is not valid goes back to the driver with the length 0. A ring whose indices
 * make no sense breaks the queue: it is dead until the driver resets the device.
 */
final class Virtqueue {

    // Descriptor table entries: struct virtq_desc.
    private static final int DESCRIPTOR_BYTES = 16;
    private static final int FLAG_NEXT = 1;
    private static final int FLAG_WRITE = 2;
    private static final int FLAG_INDIRECT = 4;

    // Available and used ring: flags and idx, then the entries, then the other side's event index.
    private static final int RING_INDEX = 2;
    private static final int RING_ENTRIES = 4;
    private static final int AVAIL_ENTRY_BYTES = 2;
    private static final int USED_ENTRY_BYTES = 8;
    private static final int AVAIL_NO_INTERRUPT = 1;
    private static final int USED_NO_NOTIFY = 1;

    /** More than any request of a Linux driver, and no sum of such overflows. */
    static final long MOST_CHAIN_BYTES = 64L << 20;

    private final GuestMemory memory;
    private final int size;
    private final long descriptors;
    private final long available;
    private final long used;
    private final boolean eventIndex;
    private final Runnable interrupt;
    private final Consumer<String> broken;

    private int nextAvailable;
    private int nextUsed;

    /** The used index when the driver was last asked whether it wants to be interrupted. */
    private int signalledUsed;

    private boolean silenced;
    private boolean dead;

    /**
     * A queue whose rings the driver has placed.
     *
     * @param eventIndex whether VIRTIO_F_EVENT_IDX was negotiated
     * @param interrupt tells the driver that buffers were used
     * @param broken hears once that the queue is dead, and why
     */
    Virtqueue(
            GuestMemory memory,
            QueuePlace place,
            boolean eventIndex,
            Runnable interrupt,
            Consumer<String> broken) {
        this.memory = memory;
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
     * How far it has come.
     *
     * @param idle what the driver has written
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

    /** Goes on where another left off on the same memory. */
    void restore(QueueState state) {
        nextAvailable = state.nextAvailable() & 0xffff;
        nextUsed = state.nextUsed() & 0xffff;
        signalledUsed = state.signalledUsed() & 0xffff;
        silenced = state.silenced();
        dead |= state.dead();
    }

    /**
     * Takes a chain that was taken before and not given back.
     *
     * @param head as it was then
     * @return null if it is not valid any more; it has been given back then
     */
    @Nullable DescriptorChain takeAgain(int head) {
        if (dead || head < 0 || head >= size) {
            return null;
        }
        DescriptorChain chain = new DescriptorChain(head);
        try {
            if (fill(chain)) {
                return chain;
            }
        } catch (GuestAddressException e) {
            die(e);
            return null;
        }
        complete(chain, 0);
        return null;
    }

    /** What a device does with a chain. */
    @FunctionalInterface
    interface Service {

        /**
         * Serves one request.
         *
         * @return how many bytes of the writable buffers were written, from their beginning
         */
        long serve(DescriptorChain chain);
    }

    /**
     * Serves what waits, and tells the driver once.
     *
     * @param most chains in a row, before others have their turn
     * @return whether more may be waiting
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
     * Takes the next valid chain. When there is none, the driver is asked to notify of the next.
     *
     * @return null when there is none
     */
    @Nullable DescriptorChain poll() {
        try {
            // Each turn consumes an entry, of which there are never more than the queue's size
            // without the driver's doing; the bound keeps a driver that is at it from holding us.
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
            // Rings were checked to be in RAM; this is for what was not foreseen.
            die(e);
            return null;
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
        return memory.u16Acquire(available + RING_INDEX);
    }

    /**
     * Takes one entry off the available ring.
     *
     * @return null if it was not valid and has been returned
     */
    private @Nullable DescriptorChain take() {
        int slot = nextAvailable & (size - 1);
        int head = memory.u16(available + RING_ENTRIES + (long) slot * AVAIL_ENTRY_BYTES);
        nextAvailable = (nextAvailable + 1) & 0xffff;
        if (head >= size) {
            // There is no chain that could be given back.
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
     * Follows the descriptors.
     *
     * @return false if the chain is not valid
     */
    private boolean fill(DescriptorChain chain) {
        int index = chain.head();
        for (int count = 0; count < size; count++) {
            // One copy of the descriptor: what is judged is what is used.
            long at = descriptors + (long) index * DESCRIPTOR_BYTES;
            long address = memory.u64(at);
            long length = memory.u32(at + 8) & 0xffff_ffffL;
            int flagsAndNext = memory.u32(at + 12);
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
        return false; // longer than the table: a loop
    }

    private boolean add(DescriptorChain chain, long address, long length, int flags) {
        if (chain.readableBytes() + chain.writableBytes() + length > MOST_CHAIN_BYTES) {
            return false;
        }
        MemorySegment buffer;
        try {
            buffer = memory.slice(address, length);
        } catch (GuestAddressException e) {
            return false;
        }
        if ((flags & FLAG_WRITE) != 0) {
            chain.addWritable(buffer);
            return true;
        }
        if (!chain.writable().isEmpty()) {
            return false; // what the device reads comes first (2.7.4.2)
        }
        chain.addReadable(buffer);
        return true;
    }

    /**
     * Gives a chain back. The driver sees it at once, and is interrupted by {@link #signal}.
     *
     * @param written how many bytes of the writable buffers were written, from their beginning
     */
    void complete(DescriptorChain chain, long written) {
        if (dead) {
            return;
        }
        try {
            long entry = used + RING_ENTRIES + (long) (nextUsed & (size - 1)) * USED_ENTRY_BYTES;
            memory.putU32(entry, chain.head());
            memory.putU32(entry + 4, (int) Math.min(written, chain.writableBytes()));
            nextUsed = (nextUsed + 1) & 0xffff;
            memory.putU16Release(used + RING_INDEX, nextUsed);
        } catch (GuestAddressException e) {
            die(e);
        }
    }

    /** Interrupts the driver if chains were given back since the last time and it wants to know. */
    void signal() {
        if (dead || signalledUsed == nextUsed) {
            return;
        }
        // The driver must see the used index before we see whether it waits for it (2.7.7.2).
        VarHandle.fullFence();
        boolean wanted;
        if (eventIndex) {
            int event = memory.u16Acquire(available + RING_ENTRIES + 2L * size);
            // Whether the event index is among those passed since the last signal.
            int passed = (nextUsed - signalledUsed) & 0xffff;
            wanted = ((nextUsed - event - 1) & 0xffff) < passed;
        } else {
            wanted = (memory.u16Acquire(available) & AVAIL_NO_INTERRUPT) == 0;
        }
        signalledUsed = nextUsed;
        if (wanted) {
            interrupt.run();
        }
    }

    private void askForNotification() {
        if (eventIndex) {
            memory.putU16Release(
                    used + RING_ENTRIES + (long) USED_ENTRY_BYTES * size, nextAvailable);
        } else {
            memory.putU16Release(used, 0);
            silenced = false;
        }
        // The driver must see that before we look at the ring for the last time (2.7.10).
        VarHandle.fullFence();
    }

    /** With event indices there is nothing to do: the last one asked for stays behind. */
    private void silenceNotifications() {
        if (!eventIndex && !silenced) {
            memory.putU16Release(used, USED_NO_NOTIFY);
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
