package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.CheckpointException;
import java.nio.file.Path;

/**
 * A machine that is saved while it runs, and put back while it runs. Each takes two steps, of which
 * only the second holds the machine. One at a time: whoever uses this sees to that.
 */
public interface RestorableMachine extends GuestMachine {

    /**
     * Begins to save it.
     *
     * @param directory appears when that is finished, whole or not at all
     * @throws CheckpointException if that is impossible; says why and what to do
     */
    Saving beginSaving(Path directory) throws InterruptedException;

    /**
     * Begins to put it back: opens what was saved, and checks all of it.
     *
     * @param directory of this machine, or of one that was made as it is
     * @throws CheckpointException if that is of no use; says why and what to do
     */
    PuttingBack beginPuttingBack(Path directory) throws InterruptedException;

    /**
     * Whether the guest's clock stands still while the machine is held to be saved: then it is late
     * afterwards, until somebody sets it.
     */
    boolean clockStopsWhileHeld();

    /** Of one machine, for one thread. */
    interface Saving extends AutoCloseable {

        /**
         * Takes what the machine is, which is held until its memory is on the disk. Whoever speaks
         * a protocol through the agent's port does this between two messages.
         *
         * @throws CheckpointException if there is no room for it, or the machine has ended
         */
        void take() throws InterruptedException;

        /**
         * Has it appear, and waits until that is on the disk.
         *
         * @return the bytes that it takes there
         * @throws CheckpointException if that fails
         */
        long finish() throws InterruptedException;

        /** Leaves nothing of what was not finished. */
        @Override
        void close();
    }

    /** Of one machine, for one thread. */
    interface PuttingBack extends AutoCloseable {

        /**
         * Makes the machine again what it was.
         *
         * @param between called when the machine is held and before it is put back: from then on
         *     what it was is gone
         * @throws CheckpointException if the machine has ended before that was called, and
         *     afterwards if the host refuses something: the machine has ended then
         */
        void run(Runnable between) throws InterruptedException;

        @Override
        void close();
    }
}
