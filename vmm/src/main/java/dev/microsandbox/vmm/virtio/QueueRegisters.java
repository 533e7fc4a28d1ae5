package dev.microsandbox.vmm.virtio;

/** The registers of one queue, as written by the driver. */
final class QueueRegisters {

    private final int largest;
    private int size;
    private boolean ready;
    private long descriptors;
    private long available;
    private long used;

    /**
     * @param largest the largest size that the device allows
     */
    QueueRegisters(int largest) {
        this.largest = largest;
        this.size = largest;
    }

    /** Creates registers from a saved state. */
    static QueueRegisters restored(int largest, QueueState state) {
        QueueRegisters registers = new QueueRegisters(largest);
        registers.size = state.size();
        registers.ready = state.ready();
        registers.descriptors = state.descriptors();
        registers.available = state.available();
        registers.used = state.used();
        return registers;
    }

    /** The saved state of a queue that is not active yet: only the registers. */
    QueueState save() {
        return new QueueState(size, ready, descriptors, available, used, 0, 0, 0, false, false);
    }

    int largest() {
        return largest;
    }

    boolean isReady() {
        return ready;
    }

    /**
     * Writes one of the registers. Size and addresses cannot change while the queue is ready.
     *
     * @param register a queue register's offset in {@link MmioRegister}
     */
    void write(int register, int value) {
        if (register == MmioRegister.QUEUE_READY) {
            ready = (value & 1) != 0;
            return;
        }
        if (ready) {
            return;
        }
        switch (register) {
            case MmioRegister.QUEUE_SIZE -> size = value;
            case MmioRegister.QUEUE_DESC_LOW -> descriptors = low(descriptors, value);
            case MmioRegister.QUEUE_DESC_HIGH -> descriptors = high(descriptors, value);
            case MmioRegister.QUEUE_AVAIL_LOW -> available = low(available, value);
            case MmioRegister.QUEUE_AVAIL_HIGH -> available = high(available, value);
            case MmioRegister.QUEUE_USED_LOW -> used = low(used, value);
            case MmioRegister.QUEUE_USED_HIGH -> used = high(used, value);
            default -> throw new IllegalArgumentException("no queue register " + register);
        }
    }

    /** Whether the size that the driver chose is allowed. */
    boolean hasValidSize() {
        return size > 0 && size <= largest;
    }

    QueuePlace place() {
        return new QueuePlace(size, descriptors, available, used);
    }

    private static long low(long whole, int part) {
        return (whole & 0xffff_ffff_0000_0000L) | (part & 0xffff_ffffL);
    }

    private static long high(long whole, int part) {
        return (whole & 0xffff_ffffL) | ((long) part << 32);
    }
}
