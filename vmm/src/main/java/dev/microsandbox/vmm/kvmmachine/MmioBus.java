package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.virtio.EmptyWindow;
import dev.microsandbox.vmm.virtio.VirtioMmio;
import java.util.List;

/**
 * Memory-mapped devices: the virtio windows, one after the other, and behind them those of places
 * that have no device. Elsewhere reads find ones and writes go nowhere. Thread-safe.
 */
final class MmioBus {

    private final List<VirtioMmio> windows;
    private final int slots;

    /**
     * @param slots how many windows there are, those without a device included
     */
    MmioBus(List<VirtioMmio> windows, int slots) {
        this.windows = List.copyOf(windows);
        this.slots = slots;
    }

    /**
     * The guest reads.
     *
     * @param size in bytes: 1 to 8
     */
    long read(long address, int size) {
        long index = index(address);
        if (index < 0) {
            return -1;
        }
        return index < windows.size()
                ? windows.get((int) index).read(offset(address), size)
                : EmptyWindow.read(offset(address), size);
    }

    /**
     * The guest writes.
     *
     * @param size in bytes: 1 to 8
     */
    void write(long address, int size, long value) {
        long index = index(address);
        if (index >= 0 && index < windows.size()) {
            windows.get((int) index).write(offset(address), size, value);
        }
    }

    /** Which window; −1 if none. */
    private long index(long address) {
        // An address below the base wraps, to an index far beyond the last.
        long index =
                Long.divideUnsigned(
                        address - GuestLayout.VIRTIO_MMIO_BASE, GuestLayout.VIRTIO_MMIO_SIZE);
        return index < slots ? index : -1;
    }

    private static long offset(long address) {
        return address % GuestLayout.VIRTIO_MMIO_SIZE;
    }
}
