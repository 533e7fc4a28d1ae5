package dev.microsandbox.vmm.machine;

import java.io.IOException;
import java.nio.file.Path;

/** A running machine that becomes a template: see {@link MachineKind#bootForTemplate}. */
public interface TemplateMachine extends GuestMachine {

    /**
     * Saves it, once. It may have ended afterwards. Whoever speaks a protocol through the agent's
     * port does this between two messages.
     *
     * @param directory appears whole, or not at all
     * @throws IOException if it cannot be saved
     */
    void save(Path directory) throws IOException, InterruptedException;
}
