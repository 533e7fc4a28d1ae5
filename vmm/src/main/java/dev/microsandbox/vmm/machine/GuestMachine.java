package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.Isolation;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * A running virtual machine with its agent port. Thread-safe.
 *
 * <p>What comes out of {@link #agentInput} is written by the guest and not to be trusted.
 */
public interface GuestMachine {

    /** The name by which the agent finds its port. */
    String AGENT_PORT = "dev.microsandbox.agent.0";

    /** How the guest is kept apart from the host. */
    Isolation isolation();

    /** What runs the guest, and why that: a clause for people. */
    String description();

    /**
     * Bytes from the agent. End of file means that the machine has stopped. Blocking; to be read by
     * a platform thread.
     */
    InputStream agentInput();

    /** Bytes to the agent. Unbuffered; a write fails once the machine has stopped. */
    OutputStream agentOutput();

    /**
     * Why the machine stopped, with its last console lines, for a person to read. Waits a short
     * while for the end to be known.
     */
    String lastWords();

    /** Stops the machine at once. Idempotent, never blocks for long, never throws. */
    void stop();
}
