package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.machine.CheckpointFailure;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.RestorableMachine;
import dev.microsandbox.vmm.snapshot.Snapshot;
import dev.microsandbox.vmm.snapshot.SnapshotException;
import dev.microsandbox.vmm.snapshot.SnapshotWriter;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Saves a machine and puts it back. What is saved is what the machine has changed of its origin, or
 * all of its memory where it has none: it was booted just now. What it was saved as, or put back
 * to, is its origin from then on.
 */
final class KvmCheckpoints {

    private final Machine machine;
    private final GuestFiles guest;
    private final Origin origin;

    KvmCheckpoints(Machine machine, GuestFiles guest, Origin origin) {
        this.machine = machine;
        this.guest = guest;
        this.origin = origin;
    }

    RestorableMachine.Saving beginSaving(Path directory) throws InterruptedException {
        try {
            return new Saving(
                    origin.beginSaving(
                            directory, GuestRequirements.of(guest), machine.memoryBytes()));
        } catch (IOException e) {
            throw CheckpointFailure.whileSaving(e);
        }
    }

    RestorableMachine.PuttingBack beginPuttingBack(Path directory) throws InterruptedException {
        try {
            Snapshot to = origin.open(directory, GuestRequirements.of(guest));
            try {
                machine.requireFit(to.memory(), to.state());
                return new PuttingBack(to);
            } catch (IllegalArgumentException e) {
                to.close();
                throw new CheckpointException(
                        "The checkpoint is that of another kind of sandbox: "
                                + e.getMessage()
                                + ". Make a new sandbox of it instead.",
                        e);
            }
        } catch (IOException e) {
            throw unusable(e);
        }
    }

    /** Why a checkpoint cannot be used, for agents: without its place. */
    static CheckpointException unusable(IOException e) throws InterruptedException {
        return e instanceof SnapshotException snapshot
                ? CheckpointFailure.whileRestoring(snapshot.reason(), snapshot)
                : CheckpointFailure.whileRestoring(e);
    }

    /** What is done with a machine that stands still. */
    private interface Work {
        void run() throws IOException;
    }

    private void whilePaused(Work work) throws IOException, InterruptedException {
        try {
            if (!machine.pause()) {
                throw new IOException("the machine has ended");
            }
            work.run();
        } finally {
            machine.resume();
        }
    }

    private final class Saving implements RestorableMachine.Saving {

        private final SnapshotWriter writer;

        Saving(SnapshotWriter writer) {
            this.writer = writer;
        }

        @Override
        public void take() throws InterruptedException {
            try {
                whilePaused(
                        () -> {
                            machine.save(writer::take);
                            // Before the machine runs: what it writes now are changes of this.
                            settle(writer.snapshot());
                        });
            } catch (IOException e) {
                throw CheckpointFailure.whileSaving(e);
            }
        }

        private void settle(Snapshot taken) throws IOException {
            try {
                machine.settle(taken.memory());
            } catch (IOException | RuntimeException e) {
                taken.close();
                throw e;
            }
            origin.become(taken);
        }

        @Override
        public long finish() throws InterruptedException {
            try {
                writer.finish();
                return writer.bytes();
            } catch (IOException e) {
                throw CheckpointFailure.whileSaving(e);
            }
        }

        @Override
        public void close() {
            try {
                writer.close();
            } catch (IOException e) {
                // What is left goes when the next checkpoint is begun there.
            }
        }
    }

    private final class PuttingBack implements RestorableMachine.PuttingBack {

        private final Snapshot to;
        private boolean done;

        PuttingBack(Snapshot to) {
            this.to = to;
        }

        @Override
        public void run(Runnable between) throws InterruptedException {
            try {
                whilePaused(
                        () -> {
                            between.run();
                            machine.putBack(to.memory(), to.state());
                            // Before the machine runs: what it writes now are changes of this.
                            done = true;
                            origin.become(to);
                        });
            } catch (IOException e) {
                throw unusable(e);
            }
        }

        @Override
        public void close() {
            if (!done) {
                to.close();
            }
        }
    }
}
