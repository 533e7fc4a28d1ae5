package dev.microsandbox.vmm.kvmmachine;

/** A device behind I/O ports. Several vCPU threads may call it at the same time. */
interface PortDevice {

    /**
     * Returns what the guest reads.
     *
     * @param offset from the device's first port
     */
    int read(int offset);

    /**
     * Handles a write by the guest.
     *
     * @param offset from the device's first port
     * @param value one byte
     */
    void write(int offset, int value);

    /** The device's state to save, in a format that only {@link #restore} reads. */
    default byte[] save() {
        return new byte[0];
    }

    /**
     * Restores a saved state.
     *
     * @throws IllegalArgumentException if the bytes are not what {@link #save} returns
     */
    default void restore(byte[] state) {
        if (state.length != 0) {
            throw new IllegalArgumentException("this device remembers nothing");
        }
    }
}
