package dev.microsandbox.vmm.memory;

import java.lang.invoke.VarHandle;

/**
 * The guest's RAM for who reads and writes many small values, such as a queue's rings: without the
 * check for faults after each. So no value that was read may have an effect outside of the guest
 * before {@link #settle} has returned, and whoever uses this settles before it gives up the thread.
 * Until then, and in it, a fault may come up as an InternalError, which {@link #fault} converts.
 */
public final class RingMemory {

    private final GuestMemory memory;

    RingMemory(GuestMemory memory) {
        this.memory = memory;
    }

    public int u16(long address) {
        return (int) load(address, Short.BYTES) & 0xffff;
    }

    public int u32(long address) {
        return (int) load(address, Integer.BYTES);
    }

    public long u64(long address) {
        return load(address, Long.BYTES);
    }

    public void putU32(long address, int value) {
        store(address, Integer.BYTES, value);
    }

    /**
     * Reads with acquire semantics: later reads see everything that the guest wrote before it wrote
     * this value.
     *
     * @param address even
     */
    public int u16Acquire(long address) {
        GuestMemory.requireEven(address);
        int value = u16(address);
        VarHandle.acquireFence();
        return value;
    }

    /**
     * Writes with release semantics: a guest that sees this value sees everything that was written
     * before it.
     *
     * @param address even
     */
    public void putU16Release(long address, int value) {
        GuestMemory.requireEven(address);
        // An access with this order would be one that HotSpot does not survive while it interprets.
        VarHandle.releaseFence();
        store(address, Short.BYTES, value);
    }

    /**
     * Makes sure that all accesses of this thread up to now have succeeded.
     *
     * @throws InternalError if one has not
     */
    public void settle() {
        GuardedAccess.settle();
    }

    /** The exception for an error that an access or {@link #settle} threw. */
    public MemoryFaultException fault(InternalError error) {
        return new MemoryFaultException(error);
    }

    private long load(long address, int size) {
        GuestMemory.Region region = memory.region(address, size);
        return GuardedAccess.loadUnsettled(region.segment(), address - region.guestAddress(), size);
    }

    private void store(long address, int size, long value) {
        GuestMemory.Region region = memory.region(address, size);
        GuardedAccess.storeUnsettled(
                region.segment(), address - region.guestAddress(), size, value);
    }
}
