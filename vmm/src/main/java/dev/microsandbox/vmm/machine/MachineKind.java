package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxStartException;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A way to run machines, and to make them of what was saved of others. What one kind has saved is
 * of no use to another. Thread-safe.
 */
public interface MachineKind {

    /** Names it where something saved is recorded: part of a template's identity. */
    String name();

    /** How its guests are kept apart from the host. */
    Isolation isolation();

    /** What runs its guests, and why that: a clause for people. */
    String description();

    /**
     * Starts a machine that boots.
     *
     * @param name for thread names
     * @param files that it boots from
     * @throws SandboxStartException if it cannot be started; nothing is left of it
     */
    RestorableMachine boot(String name, GuestFiles files, SandboxConfig config)
            throws InterruptedException;

    /**
     * Whether a directory looks like a checkpoint of this kind, of whatever version; {@link
     * #resume} tells whether it is whole.
     *
     * @param directory that need not exist
     */
    boolean isCheckpoint(Path directory);

    /**
     * Starts a machine that goes on where another of this kind was saved. Its guest's wall clock,
     * identity and random numbers are those of the saved machine until somebody renews them.
     *
     * @param name for thread names
     * @param checkpoint that {@link RestorableMachine#beginSaving} has made
     * @param files that the saved machine booted from
     * @param config with the vCPUs and the memory of the saved machine
     * @throws CheckpointException if it cannot be used; says why and what to do
     * @throws SandboxStartException if the machine cannot be started; nothing is left of it
     */
    RestorableMachine resume(String name, Path checkpoint, GuestFiles files, SandboxConfig config)
            throws InterruptedException;

    /**
     * Starts a machine that boots and becomes a template. It is for guests that run nothing but
     * what is to be in the template.
     *
     * @param name for thread names
     * @param files that it boots from
     * @throws SandboxStartException if it cannot be started; nothing is left of it
     */
    TemplateMachine bootForTemplate(String name, GuestFiles files, SandboxConfig config)
            throws InterruptedException;

    /**
     * Opens and checks what {@link TemplateMachine#save} has made.
     *
     * @param files that the saved machine booted from
     * @throws IOException if it is damaged or of no use here; says why
     */
    MachineTemplate openTemplate(Path directory, GuestFiles files)
            throws IOException, InterruptedException;
}
