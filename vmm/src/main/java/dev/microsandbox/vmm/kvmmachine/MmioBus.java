package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.memory.GuestLayout;
import dev.microsandbox.vmm.virtio.EmptyWindow;
import dev.microsandbox.vmm.virtio.VirtioMmio;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The bus of memory-mapped devices: the virtio windows, one after the other, with or without a
 * device. At other addresses, reads return all ones and writes have no effect. Thread-safe.
 */
final class MmioBus {

    /** By slot; null where a slot has no device. */
    private final @Nullable VirtioMmio[] windows;

    /**
     * @param devices the windows with a device, by slot
     * @param slots the number of windows, including those without a device
     */
    MmioBus(Map<Integer, VirtioMmio> devices, int slots) {
        windows = new VirtioMmio[slots];
        devices.forEach((slot, window) -> windows[slot] = window);
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
        VirtioMmio window = windows[(int) index];
        return window == null
                ? EmptyWindow.read(offset(address), size)
                : window.read(offset(address), size);
    }

    /**
     * Handles a write by the guest.
     *
     * @param size in bytes: 1 to 8
     */
    void write(long address, int size, long value) {
        long index = index(address);
        VirtioMmio window = index < 0 ? null : windows[(int) index];
        if (window != null) {
            window.write(offset(address), size, value);
        }
    }

    /** The index of the window at an address; −1 if there is none. */
    private long index(long address) {
        // An address below the base wraps around to an index far beyond the last.
        long index =
                Long.divideUnsigned(
                        address - GuestLayout.VIRTIO_MMIO_BASE, GuestLayout.VIRTIO_MMIO_SIZE);
        return index < windows.length ? index : -1;
    }

    private static long offset(long address) {
        return address % GuestLayout.VIRTIO_MMIO_SIZE;
    }
}
