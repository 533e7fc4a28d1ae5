package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxStartException;

/**
 * A saved machine, opened and checked, from which any number of machines can start. Thread-safe.
 */
public interface MachineTemplate {

    /**
     * Starts a machine that continues where the saved one was. Its guest's wall clock, identity and
     * random numbers are those of the saved machine until somebody renews them.
     *
     * @param name for thread names
     * @param config with the vCPUs and the memory of the saved machine
     * @throws SandboxStartException if it cannot be started; nothing is left of it
     */
    GuestMachine start(String name, SandboxConfig config) throws InterruptedException;
}
