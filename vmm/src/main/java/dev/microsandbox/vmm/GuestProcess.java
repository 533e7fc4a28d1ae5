package dev.microsandbox.vmm;

import java.io.OutputStream;

/** A command running in a guest. Thread-safe. */
public interface GuestProcess {

    /**
     * The command's standard input. Writes block while the guest does not read. {@code close} sends
     * end of file to the command. Bytes for a command that has ended are dropped.
     */
    OutputStream stdin();

    /**
     * Sends a signal to the command's process group.
     *
     * @param number 1 to 64, for example 15 for SIGTERM
     */
    void signal(int number);

    /**
     * Kills the command and everything that it started. Returns at once; {@link #await} returns
     * when it has ended.
     */
    void cancel();

    /**
     * Waits for the command's end, and passes its output to the listener as it arrives. Call it
     * once. Without it, a command has to wait once about 256 KiB of its output are pending.
     *
     * @throws GuestException if the command could not be started or was cancelled
     */
    Exit await(OutputListener listener) throws InterruptedException;
}
