package dev.microsandbox.vmm;

/** Starts sandboxes. Thread-safe. */
public interface SandboxFactory {

    /**
     * Starts a machine and waits until its agent answers.
     *
     * @throws SandboxStartException if it does not come up; nothing is left behind
     * @throws InterruptedException if interrupted; nothing is left behind
     */
    Sandbox start(SandboxConfig config) throws InterruptedException;
}
