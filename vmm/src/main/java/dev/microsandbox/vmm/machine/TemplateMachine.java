package dev.microsandbox.vmm.machine;

import java.io.IOException;
import java.nio.file.Path;

/** A running machine that becomes a template: see {@link MachineKind#bootForTemplate}. */
public interface TemplateMachine extends GuestMachine {

    /**
     * Saves the machine, once. The machine may end by that. A user of the agent's port calls this
     * between two messages of its protocol.
     *
     * @param directory appears complete or not at all
     * @throws IOException if it cannot be saved
     */
    void save(Path directory) throws IOException, InterruptedException;
}
