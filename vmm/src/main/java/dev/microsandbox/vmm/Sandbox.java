package dev.microsandbox.vmm;

import java.nio.file.Path;
import java.util.List;

/**
 * A microVM with an agent in it: one isolated Linux computer with interpreters that keep their
 * state, commands and a file system.
 *
 * <p>Thread-safe. Operations are independent streams to the guest, so a slow one does not delay
 * others. Only one {@link #run} per language can be in progress. A second one fails with a {@link
 * GuestException} whose status is {@link GuestException#BUSY}.
 *
 * <p>Blocking methods may be interrupted. They then cancel the operation in the guest, and throw
 * {@link InterruptedException} when the guest has confirmed that. For {@code run}, the interpreter
 * is interrupted, and survives if it can.
 *
 * <p>When the machine ends for any reason, every call in progress and every later one throws {@link
 * SandboxLostException}.
 */
public interface Sandbox extends AutoCloseable {

    /** A name for logs, unique in this process. */
    String id();

    /** How the guest is isolated from the host. */
    Isolation isolation();

    /** What runs the guest, and why this was chosen: a clause for people, such as "KVM: …". */
    String machine();

    /** Whether the machine still runs. False after {@link #close} too. */
    boolean isAlive();

    /**
     * Runs code in a language's interpreter, which starts at its first use and keeps its variables
     * from call to call.
     *
     * @param listener receives output and displayed values as they arrive, on the calling thread
     * @throws GuestException if the language is unknown, busy, or its interpreter does not start
     */
    RunResult run(RunRequest request, RunListener listener) throws InterruptedException;

    /**
     * Runs a command to its end, with the request's stdin.
     *
     * @param listener receives output as it arrives, on the calling thread
     * @throws GuestException if the command cannot be started (for example {@code ENOENT})
     */
    Exit exec(ExecRequest request, OutputListener listener) throws InterruptedException;

    /**
     * Starts a command and returns at once. The request's stdin is not sent. The command's output
     * waits until {@link GuestProcess#await} is called.
     */
    GuestProcess start(ExecRequest request);

    /** The guest's files. */
    SandboxFiles files();

    /** The commands that run in the guest in the background. */
    SandboxJobs jobs();

    /**
     * Returns the guest's current information about itself. The first call asks the languages'
     * programs for their versions, which takes up to 10 s if the sandbox is busy.
     */
    SandboxInfo info() throws InterruptedException;

    /**
     * Like {@link #info}, but without waiting: versions that are not known yet are empty.
     *
     * @throws GuestException with {@code UNKNOWN_OPERATION} if the guest comes from a checkpoint
     *     that an earlier version made
     */
    SandboxInfo infoNow() throws InterruptedException;

    /**
     * The variables of a language's interpreter, newest first, at most 200; empty if it is not
     * running.
     */
    List<Variable> variables(String language) throws InterruptedException;

    /**
     * Ends a language's interpreter and everything that it started. Its next use starts a new one.
     *
     * @param language a name or alias; empty for all
     * @return how many interpreters were running
     */
    int reset(String language) throws InterruptedException;

    /**
     * Saves the whole computer: memory, processes, interpreters and their variables, files. It is
     * paused for a moment and then continues. Calls in progress continue too; they are not part of
     * the checkpoint.
     *
     * @param directory the checkpoint's place, which appears complete or not at all; its parent
     *     must exist
     * @return the disk space that the checkpoint takes, in bytes
     * @throws CheckpointException if the sandbox cannot be saved (kind of machine, disk full, …);
     *     the message says why and what to do, and the sandbox continues
     */
    default long checkpoint(Path directory) throws InterruptedException {
        throw new CheckpointException("This kind of sandbox cannot be saved.", null);
    }

    /**
     * Restores this computer in place to one of its checkpoints, or to one of the sandbox from
     * which it was forked. It keeps its own time, entropy and identity. Calls in progress fail with
     * {@link SandboxException}. Can be repeated, with any of the checkpoints, in any order.
     *
     * @throws CheckpointException if the checkpoint is damaged, missing, or not of this sandbox's
     *     kind; the sandbox continues unchanged
     * @throws SandboxLostException if the restore failed and the sandbox is lost
     */
    default void restore(Path directory) throws InterruptedException {
        throw new CheckpointException("This kind of sandbox cannot be saved.", null);
    }

    /** Stops the machine at once and frees everything it used. Idempotent; never throws. */
    @Override
    void close();
}
