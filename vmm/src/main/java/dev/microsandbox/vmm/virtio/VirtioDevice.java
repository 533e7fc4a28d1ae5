package dev.microsandbox.vmm.virtio;

import java.util.concurrent.locks.ReentrantLock;

/**
 * A device model behind the MMIO transport. The transport calls it with {@link #lock} held: from
 * vCPU threads when the driver sets the device up, from the machine's I/O thread when it has work.
 */
public abstract class VirtioDevice {

    /** Guards the device's state and its queues; a device's own host-side threads take it too. */
    protected final ReentrantLock lock = new ReentrantLock();

    /** A constant of {@link DeviceType}. */
    protected abstract int type();

    /** The device's own feature bits; the transport adds those of the transport and the rings. */
    protected abstract long features();

    /** How many queues there are, and the largest size of each, a power of two. */
    protected abstract int[] queueSizes();

    /** The configuration space as it is now. */
    protected abstract byte[] config();

    /** The driver writes to the configuration space, within its size. */
    protected void writeConfig(int offset, byte[] bytes) {
        // Most devices have nothing to be written.
    }

    /** The driver is ready: the queues can be used until {@link #reset}. */
    protected abstract void activate(Activation activation);

    /**
     * The driver has put something into a queue.
     *
     * @return whether the device stopped at its bound of work and is to be called again, after
     *     others had their turn
     */
    protected abstract boolean notified(int queue);

    /** The driver starts anew: the queues are gone. */
    protected abstract void reset();

    /** What the device remembers beside its queues. */
    protected DeviceState save() {
        return new DeviceState.None();
    }

    /**
     * The device is made to remember that. Comes after {@link #activate}, if that comes at all.
     *
     * @param state another device's is an IllegalArgumentException
     */
    protected void restore(DeviceState state) {
        if (!(state instanceof DeviceState.None)) {
            throw new IllegalArgumentException("this device does not remember " + state);
        }
    }

    /**
     * Keeps the device's host-side threads away from guest memory, until {@link #release}. Waits
     * for one that is at it. Idempotent.
     */
    public void hold() {
        // Most devices work on the machine's own threads alone, which it holds itself.
    }

    /** Lets them go on. */
    public void release() {
        // See hold.
    }

    /**
     * The machine has ended: wakes whoever waits on the host's side, and lets none of them touch
     * guest memory any more. Called without the lock. Idempotent, does not wait.
     */
    public void close() {
        // Most devices work on the machine's own threads alone, which it ends itself.
    }
}
