package dev.microsandbox.vmm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;

/** Starts sandboxes. Thread-safe. */
public interface SandboxFactory {

    /**
     * Starts a machine and waits until its agent answers.
     *
     * @throws SandboxStartException if the sandbox does not start; nothing is left behind
     * @throws InterruptedException if interrupted; nothing is left behind
     */
    Sandbox start(SandboxConfig config) throws InterruptedException;

    /**
     * Starts another computer that continues where a checkpoint was made: a fork, or a suspended
     * session that wakes.
     *
     * @param config with the checkpoint's cpus and memory; the new sandbox uses its host name, time
     *     zone and time-outs
     * @throws CheckpointException if the checkpoint is damaged, missing, or not of this kind of
     *     sandbox; nothing is left behind
     */
    default Sandbox resume(Path checkpoint, SandboxConfig config) throws InterruptedException {
        throw new CheckpointException("This kind of sandbox cannot be saved.", null);
    }

    /**
     * The disk space that checkpoints take together, in bytes. Files that they share count once.
     * This is not the sum of the values that {@link Sandbox#checkpoint} returned, because a
     * checkpoint keeps the files that it shared with a deleted one.
     *
     * @param checkpoints their directories; a missing directory takes nothing
     * @throws IOException if a directory cannot be read
     */
    default long bytesOnDisk(Collection<Path> checkpoints) throws IOException {
        return 0; // a factory that does not override this has no checkpoints
    }

    /**
     * Announces that sandboxes with this configuration will be started, so that the factory can
     * prepare in the background what makes their start faster. Returns at once, and does nothing if
     * there is nothing to prepare.
     */
    default void prepare(SandboxConfig config) {
        // Most factories have nothing to prepare.
    }
}
