package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.memory.MemoryFaultException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A device model behind the MMIO transport. The transport holds {@link #lock} when it calls the
 * protected methods. It calls them from vCPU threads when the driver sets up the device, and from
 * the machine's I/O thread when the device has work.
 */
public abstract class VirtioDevice {

    /** Guards the device's state and its queues. A device's own host-side threads take it too. */
    protected final ReentrantLock lock = new ReentrantLock();

    private volatile Consumer<MemoryFaultException> failure = _ -> {};

    /**
     * Sets who ends the machine when a host-side thread of the device cannot access the guest's
     * memory. For faults on the machine's own threads, those who call the device see to that.
     */
    public final void onFault(Consumer<MemoryFaultException> listener) {
        failure = listener;
    }

    /** Ends the machine. The caller does not hold {@link #lock}. */
    protected final void failed(MemoryFaultException fault) {
        failure.accept(fault);
    }

    /** A constant of {@link DeviceType}. */
    protected abstract int type();

    /**
     * The device's own feature bits. The transport adds those of the transport and of the rings.
     */
    protected abstract long features();

    /** The largest size of each queue, a power of two. The array has one element per queue. */
    protected abstract int[] queueSizes();

    /** The current content of the configuration space. */
    protected abstract byte[] config();

    /**
     * Handles a write by the driver to the configuration space. The range lies within the space.
     */
    protected void writeConfig(int offset, byte[] bytes) {
        // Most devices have no writable configuration.
    }

    /**
     * Starts the device, because the driver is ready. The device can use the queues until {@link
     * #reset}.
     */
    protected abstract void activate(Activation activation);

    /**
     * Serves a queue to which the driver has added chains.
     *
     * @return whether the device stopped at its limit of work, so that it must be called again
     *     after other devices had their turn
     */
    protected abstract boolean notified(int queue);

    /** Resets the device and drops its queues, because the driver starts over. */
    protected abstract void reset();

    /** The device's own state to save, in addition to its queues. */
    protected DeviceState save() {
        return new DeviceState.None();
    }

    /**
     * Restores the device's own state. If the device was active when it was saved, {@link
     * #activate} comes before this.
     *
     * @param state as returned by {@link #save}
     * @throws IllegalArgumentException if it is the state of another kind of device
     */
    protected void restore(DeviceState state) {
        if (!(state instanceof DeviceState.None)) {
            throw new IllegalArgumentException("this device does not remember " + state);
        }
    }

    /**
     * Keeps the device's host-side threads from accessing guest memory until {@link #release}.
     * Waits for a thread that is accessing it. Idempotent.
     */
    public void hold() {
        // Most devices work only on the machine's own threads, which the machine pauses itself.
    }

    /** Lets the device's host-side threads continue. */
    public void release() {
        // See hold().
    }

    /**
     * Tells the device that the machine has ended. Wakes the host-side threads that wait for the
     * device, and keeps them from accessing guest memory from now on. The caller does not hold
     * {@link #lock}. Idempotent; waits for nothing but the lock.
     */
    public void close() {
        // Most devices work only on the machine's own threads, which the machine ends itself.
    }
}
