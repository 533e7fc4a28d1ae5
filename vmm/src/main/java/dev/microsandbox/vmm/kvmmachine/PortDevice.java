package dev.microsandbox.vmm.kvmmachine;

/** A device behind I/O ports. Called by vCPU threads, several at once. */
interface PortDevice {

    /**
     * What the guest reads.
     *
     * @param offset from the device's first port
     */
    int read(int offset);

    /**
     * The guest writes.
     *
     * @param offset from the device's first port
     * @param value one byte
     */
    void write(int offset, int value);

    /** What it remembers: some bytes that only {@link #restore} understands. */
    default byte[] save() {
        return new byte[0];
    }

    /**
     * Makes it remember that.
     *
     * @throws IllegalArgumentException if that is not what {@link #save} gives
     */
    default void restore(byte[] state) {
        if (state.length != 0) {
            throw new IllegalArgumentException("this device remembers nothing");
        }
    }
}
