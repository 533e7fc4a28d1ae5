package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxStartException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A way to run machines, and to start them from what was saved of others. One kind cannot use what
 * another has saved. Thread-safe.
 */
public interface MachineKind {

    /** The kind's name in records of saved machines. It is part of a template's identity. */
    String name();

    /** How its guests are isolated from the host. */
    Isolation isolation();

    /** What runs its guests, and why this was chosen: a clause for people. */
    String description();

    /**
     * Boots a machine.
     *
     * @param name for thread names
     * @param files that it boots from
     * @throws SandboxStartException if it cannot be started; nothing is left of it
     */
    RestorableMachine boot(String name, GuestFiles files, SandboxConfig config)
            throws InterruptedException;

    /**
     * Whether a directory looks like a checkpoint of this kind, in any version. {@link #resume}
     * checks whether it is intact.
     *
     * @param directory may be missing
     */
    boolean isCheckpoint(Path directory);

    /**
     * Starts a machine that continues where another of this kind was saved. Its guest's wall clock,
     * identity and random numbers are those of the saved machine until somebody renews them.
     *
     * @param name for thread names
     * @param checkpoint that {@link RestorableMachine#beginSaving} has made
     * @param files that the saved machine booted from
     * @param config with the vCPUs and the memory of the saved machine
     * @throws CheckpointException if the checkpoint cannot be used; says why and what to do
     * @throws SandboxStartException if the machine cannot be started; nothing is left of it
     */
    RestorableMachine resume(String name, Path checkpoint, GuestFiles files, SandboxConfig config)
            throws InterruptedException;

    /**
     * Boots a machine that becomes a template. Only for guests that run nothing but what belongs to
     * the template.
     *
     * @param name for thread names
     * @param files that it boots from
     * @throws SandboxStartException if it cannot be started; nothing is left of it
     */
    TemplateMachine bootForTemplate(String name, GuestFiles files, SandboxConfig config)
            throws InterruptedException;

    /**
     * Opens and checks a template that {@link TemplateMachine#save} has written.
     *
     * @param files that the saved machine booted from
     * @throws IOException if it is damaged or does not fit this host; says why
     */
    MachineTemplate openTemplate(Path directory, GuestFiles files)
            throws IOException, InterruptedException;
}
