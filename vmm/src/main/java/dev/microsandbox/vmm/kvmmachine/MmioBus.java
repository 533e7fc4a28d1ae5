package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.virtio.VirtioMmio;
import java.util.List;

/**
 * Memory-mapped devices: the virtio windows, one after the other. Where no device is, reads find
 * ones and writes go nowhere. Thread-safe.
 */
final class MmioBus {

    private final List<VirtioMmio> windows;

    MmioBus(List<VirtioMmio> windows) {
        this.windows = List.copyOf(windows);
    }

    /**
     * The guest reads.
     *
     * @param size in bytes: 1 to 8
     */
    long read(long address, int size) {
        long index = index(address);
        return index < 0 ? -1 : windows.get((int) index).read(offset(address), size);
    }

    /**
     * The guest writes.
     *
     * @param size in bytes: 1 to 8
     */
    void write(long address, int size, long value) {
        long index = index(address);
        if (index >= 0) {
            windows.get((int) index).write(offset(address), size, value);
        }
    }

    /** Which window; −1 if none. */
    private long index(long address) {
        // An address below the base wraps, to an index far beyond the last.
        long index =
                Long.divideUnsigned(
                        address - GuestLayout.VIRTIO_MMIO_BASE, GuestLayout.VIRTIO_MMIO_SIZE);
        return index < windows.size() ? index : -1;
    }

    private static long offset(long address) {
        return address % GuestLayout.VIRTIO_MMIO_SIZE;
    }
}
