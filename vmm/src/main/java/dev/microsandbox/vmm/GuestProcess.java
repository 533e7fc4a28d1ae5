package dev.microsandbox.vmm;

import java.io.OutputStream;

/** A command running in a guest. Thread-safe. */
public interface GuestProcess {

    /**
     * The command's standard input. Writes block while the guest does not read; {@code close} gives
     * the command end of file. Bytes for a command that has ended are dropped.
     */
    OutputStream stdin();

    /**
     * Sends a signal to the command's process group.
     *
     * @param number 1 to 64, for example 15 for SIGTERM
     */
    void signal(int number);

    /** Kills the command and all that it started. Returns at once; {@link #await} tells the end. */
    void cancel();

    /**
     * Waits for the command's end, passing its output on as it arrives. To be called once; a
     * command whose output nobody takes is held back once about 256 KiB wait.
     *
     * @throws GuestException if the command could not be started or was cancelled
     */
    Exit await(OutputListener listener) throws InterruptedException;
}
