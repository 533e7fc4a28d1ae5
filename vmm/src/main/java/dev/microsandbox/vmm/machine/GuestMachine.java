package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.Isolation;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * A running virtual machine with its agent port. Thread-safe.
 *
 * <p>The guest writes the bytes of {@link #agentInput}, so they are untrusted.
 */
public interface GuestMachine {

    /** The name by which the agent finds its port. */
    String AGENT_PORT = "dev.microsandbox.agent.0";

    /** How the guest is isolated from the host. */
    Isolation isolation();

    /** What runs the guest, and why this was chosen: a clause for people. */
    String description();

    /**
     * Bytes from the agent. End of file means that the machine has stopped. Reads block, so use a
     * platform thread.
     */
    InputStream agentInput();

    /** Bytes to the agent. Unbuffered; a write fails once the machine has stopped. */
    OutputStream agentOutput();

    /**
     * Why the machine stopped, with its last console lines, as readable text. Waits a short time
     * until the reason is known.
     */
    String lastWords();

    /** Stops the machine at once. Idempotent, never blocks for long, never throws. */
    void stop();
}
