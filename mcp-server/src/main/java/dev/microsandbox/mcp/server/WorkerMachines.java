package dev.microsandbox.mcp.server;

import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxFactory;

/**
 * The machines of a worker.
 *
 * @param factory creates its sandboxes
 * @param confinement denies the process what sandboxes do not need; the first start of a sandbox
 *     does so too
 */
public record WorkerMachines(SandboxFactory factory, Confinement confinement) {

    /** Confines this process. */
    @FunctionalInterface
    public interface Confinement {

        /**
         * Does it, unless it is done already.
         *
         * @throws SandboxException if no machine can run on this host
         */
        void confine() throws InterruptedException;
    }
}
