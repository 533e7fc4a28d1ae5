package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.CheckpointException;
import java.nio.file.Path;

/**
 * A machine that can be saved and restored while it runs. Saving and restoring take two steps each;
 * only the second pauses the machine. The caller makes sure that only one of them is in progress at
 * a time.
 */
public interface RestorableMachine extends GuestMachine {

    /**
     * Begins to save the machine.
     *
     * @param directory appears at {@link Saving#finish}, complete or not at all
     * @throws CheckpointException if the machine cannot be saved; says why and what to do
     */
    Saving beginSaving(Path directory) throws InterruptedException;

    /**
     * Begins to restore the machine: opens a checkpoint and checks all of it.
     *
     * @param directory the checkpoint of this machine, or of one with the same configuration
     * @throws CheckpointException if the checkpoint cannot be used; says why and what to do
     */
    Restoring beginRestoring(Path directory) throws InterruptedException;

    /**
     * Whether the guest's clock stops while the machine is paused to be saved. If so, the clock is
     * behind afterwards until somebody sets it.
     */
    boolean clockStopsWhilePaused();

    /** A machine that is being saved. For use by one thread. */
    interface Saving extends AutoCloseable {

        /**
         * Takes the machine's memory and state, and pauses it until the memory is on the disk. A
         * user of the agent's port calls this between two messages of its protocol.
         *
         * @throws CheckpointException if there is no room on the disk, or the machine has ended
         */
        void take() throws InterruptedException;

        /**
         * Makes the directory appear, and waits until it is on the disk.
         *
         * @return the disk space that it takes, in bytes
         * @throws CheckpointException if that fails
         */
        long finish() throws InterruptedException;

        /** Deletes what was written, unless it was finished. */
        @Override
        void close();
    }

    /** A machine that is being restored. For use by one thread. */
    interface Restoring extends AutoCloseable {

        /**
         * Puts the machine back to the saved state.
         *
         * @param between called once the machine is paused, before its state is replaced; from then
         *     on its former state is lost
         * @throws CheckpointException if the machine ended before {@code between} was called; or if
         *     the host refuses something after that, in which case the machine has ended
         */
        void run(Runnable between) throws InterruptedException;

        @Override
        void close();
    }
}
