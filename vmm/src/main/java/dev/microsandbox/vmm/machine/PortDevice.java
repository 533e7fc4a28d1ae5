package dev.microsandbox.vmm.machine;

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
}
