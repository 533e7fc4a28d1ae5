package dev.microsandbox.vmm.virtio;

/**
 * The window of a place that has no device: virtio 1.2, section 4.2.2.1. A driver that reads the
 * device id 0 leaves the place alone; Linux remembers it, and looks at it again when a program
 * binds it to the driver through sysfs.
 */
public final class EmptyWindow {

    private EmptyWindow() {}

    /**
     * The driver reads. Writes go nowhere.
     *
     * @param offset in the window, in bytes
     * @param size in bytes
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
