package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.virtio.EmptyWindow;
import dev.microsandbox.vmm.virtio.VirtioMmio;
import java.util.List;

/**
 * The bus of memory-mapped devices: the virtio windows, one after the other, followed by the
 * windows of slots without a device. At other addresses, reads return all ones and writes have no
 * effect. Thread-safe.
 */
final class MmioBus {

    private final List<VirtioMmio> windows;
    private final int slots;

    /**
     * @param slots the number of windows, including those without a device
     */
    MmioBus(List<VirtioMmio> windows, int slots) {
        this.windows = List.copyOf(windows);
        this.slots = slots;
    }

    /**
     * Returns what the guest reads.
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
     * Handles a write by the guest.
     *
     * @param size in bytes: 1 to 8
     */
    void write(long address, int size, long value) {
        long index = index(address);
        if (index >= 0 && index < windows.size()) {
            windows.get((int) index).write(offset(address), size, value);
        }
    }

    /** The index of the window at an address; −1 if there is none. */
    private long index(long address) {
        // An address below the base wraps around to an index far beyond the last.
        long index =
                Long.divideUnsigned(
                        address - GuestLayout.VIRTIO_MMIO_BASE, GuestLayout.VIRTIO_MMIO_SIZE);
        return index < slots ? index : -1;
    }

    private static long offset(long address) {
        return address % GuestLayout.VIRTIO_MMIO_SIZE;
    }
}
