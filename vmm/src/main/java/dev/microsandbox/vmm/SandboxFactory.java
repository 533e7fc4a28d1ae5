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

    /**
     * Says that such sandboxes will be started: what makes that faster is made ready in the
     * background. Returns at once, and does nothing where there is nothing to make ready.
     */
    default void prepare(SandboxConfig config) {
        // Most factories have nothing to make ready.
    }
}
