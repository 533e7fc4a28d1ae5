package dev.microsandbox.vmm;

import java.nio.file.Path;
import java.util.List;

/**
 * A microVM with an agent in it: one isolated Linux computer with interpreters that keep their
 * state, commands and a file system.
 *
 * <p>All methods may be called from any thread and at the same time; operations are independent
 * streams to the guest, and a slow one holds up no other. Only one {@link #run} per language is
 * under way at a time: a second one fails with {@link GuestException} whose status is {@link
 * GuestException#BUSY}.
 *
 * <p>Blocking methods may be interrupted: the operation in the guest is then cancelled, which for
 * {@code run} means that the interpreter is interrupted and survives where it can, and {@link
 * InterruptedException} is thrown when the guest has confirmed it.
 *
 * <p>When the machine dies, for whatever reason, every call under way and every later one throws
 * {@link SandboxLostException}.
 */
public interface Sandbox extends AutoCloseable {

    /** A name for logs, unique in this process. */
    String id();

    /** How the guest is kept apart from the host. */
    Isolation isolation();

    /** What runs it, and why that: a clause for people, such as "KVM: …". */
    String machine();

    /** Whether the machine still runs. False after {@link #close} too. */
    boolean isAlive();

    /**
     * Runs code in a language's interpreter, which is started at its first use and keeps its
     * variables from call to call.
     *
     * @param listener gets output and displayed values as they arrive, on the calling thread
     * @throws GuestException if the language is unknown, busy, or its interpreter does not start
     */
    RunResult run(RunRequest request, RunListener listener) throws InterruptedException;

    /**
     * Runs a command to its end, feeding it the request's stdin.
     *
     * @param listener gets output as it arrives, on the calling thread
     * @throws GuestException if the command cannot be started (for example {@code ENOENT})
     */
    Exit exec(ExecRequest request, OutputListener listener) throws InterruptedException;

    /**
     * Starts a command and returns at once; the request's stdin is not sent, its output waits until
     * {@link GuestProcess#await} is called.
     */
    GuestProcess start(ExecRequest request);

    /** The guest's files. */
    SandboxFiles files();

    /** The commands that run in the guest without anybody waiting for them. */
    SandboxJobs jobs();

    /**
     * What the guest says of itself now. The first time it asks the languages' programs for their
     * versions, which takes up to 10 s where the sandbox is busy.
     */
    SandboxInfo info() throws InterruptedException;

    /**
     * As {@link #info}, without waiting for anything: versions that are not known yet are empty.
     *
     * @throws GuestException with {@code UNKNOWN_OPERATION} if the guest comes from a checkpoint
     *     that an earlier version made
     */
    SandboxInfo infoNow() throws InterruptedException;

    /**
     * The variables of a language's interpreter, newest first, at most 200; empty where it is not
     * running.
     */
    List<Variable> variables(String language) throws InterruptedException;

    /**
     * Ends a language's interpreter with everything that it started; its next use starts a new one.
     *
     * @param language a name or alias; empty for all
     * @return how many interpreters were running
     */
    int reset(String language) throws InterruptedException;

    /**
     * Saves the whole computer (memory, processes, interpreters and their variables, files); it is
     * held for a moment and goes on. Calls under way go on too; in the checkpoint they are not.
     *
     * @param directory where; appears whole or not at all; its parent exists
     * @return what it takes on the disk, in bytes
     * @throws CheckpointException if it cannot be saved (kind of machine, disk full, …): the
     *     message says why and what to do; the sandbox goes on
     */
    default long checkpoint(Path directory) throws InterruptedException {
        throw new CheckpointException("This kind of sandbox cannot be saved.", null);
    }

    /**
     * Makes this computer again what it was at a checkpoint of it (or of the sandbox it was forked
     * from), in place, with its own time, entropy and identity. Calls under way fail with {@link
     * SandboxException}. May be repeated, to any of its checkpoints, in any order.
     *
     * @throws CheckpointException if the checkpoint is damaged, missing, not of this sandbox's
     *     kind: the sandbox goes on as it was
     * @throws SandboxLostException if it could not be put back and is gone
     */
    default void restore(Path directory) throws InterruptedException {
        throw new CheckpointException("This kind of sandbox cannot be saved.", null);
    }

    /** Stops the machine at once and frees everything it used. Idempotent; never throws. */
    @Override
    void close();
}
