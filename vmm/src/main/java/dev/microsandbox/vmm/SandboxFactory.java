package dev.microsandbox.vmm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;

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
     * Starts another computer that goes on where a checkpoint was made: a fork, or a suspended
     * session that wakes.
     *
     * @param config cpus and memory as the checkpoint's; host name, time zone and start time-out
     *     count
     * @throws CheckpointException if the checkpoint is damaged, missing, or not of this kind of
     *     sandbox; nothing is left behind
     */
    default Sandbox resume(Path checkpoint, SandboxConfig config) throws InterruptedException {
        throw new CheckpointException("This kind of sandbox cannot be saved.", null);
    }

    /**
     * What checkpoints take on the disk together, in bytes; what they share counts once. It is not
     * the sum of what {@link Sandbox#checkpoint} said: a checkpoint keeps what it shares with one
     * that was deleted.
     *
     * @param checkpoints their directories; one that is not there takes nothing
     * @throws IOException if one cannot be read
     */
    default long bytesOnDisk(Collection<Path> checkpoints) throws IOException {
        return 0; // a factory that does not override this has none
    }

    /**
     * Says that such sandboxes will be started: what makes that faster is made ready in the
     * background. Returns at once, and does nothing where there is nothing to make ready.
     */
    default void prepare(SandboxConfig config) {
        // Most factories have nothing to make ready.
    }
}
