package dev.microsandbox.vmm.virtio;

/**
 * The register window of a slot without a device: virtio 1.2, section 4.2.2.1. A driver that reads
 * the device id 0 leaves the slot alone. Linux remembers the slot, and probes it again when a
 * program binds it to the driver through sysfs.
 */
public final class EmptyWindow {

    private EmptyWindow() {}

    /**
     * Returns what the driver reads. Writes have no effect.
     *
     * @param offset in the window, in bytes
     * @param size of the access, in bytes
     */
    public static long read(long offset, int size) {
        if (size != Integer.BYTES) {
            return 0;
        }
        if (offset == MmioRegister.MAGIC) {
            return MmioRegister.MAGIC_VALUE;
        }
        return offset == MmioRegister.VERSION ? MmioRegister.VERSION_VALUE : 0;
    }
}
