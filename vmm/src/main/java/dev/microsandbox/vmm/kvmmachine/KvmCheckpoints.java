package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.CheckpointException;
import dev.microsandbox.vmm.machine.CheckpointFailure;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.RestorableMachine;
import dev.microsandbox.vmm.memory.MemoryFaultException;
import dev.microsandbox.vmm.snapshot.Snapshot;
import dev.microsandbox.vmm.snapshot.SnapshotException;
import dev.microsandbox.vmm.snapshot.SnapshotWriter;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Saves a machine to checkpoints, and restores it in place. A checkpoint holds the memory that has
 * changed since the machine's base snapshot, or all of its memory if it has none because it was
 * booted. The checkpoint that was saved or restored last is the base snapshot from then on.
 */
final class KvmCheckpoints {

    private final Machine machine;
    private final GuestFiles guest;
    private final BaseSnapshot base;

    KvmCheckpoints(Machine machine, GuestFiles guest, BaseSnapshot base) {
        this.machine = machine;
        this.guest = guest;
        this.base = base;
    }

    RestorableMachine.Saving beginSaving(Path directory) throws InterruptedException {
        try {
            return new Saving(
                    base.beginSaving(
                            directory, GuestRequirements.of(guest), machine.memoryBytes()));
        } catch (IOException e) {
            throw CheckpointFailure.whileSaving(e);
        }
    }

    RestorableMachine.Restoring beginRestoring(Path directory) throws InterruptedException {
        try {
            Snapshot to = base.open(directory, GuestRequirements.of(guest));
            try {
                machine.requireFit(to.memory(), to.state());
                return new Restoring(to);
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

    /** The reason, worded for agents and without a path, why a checkpoint cannot be used. */
    static CheckpointException unusable(IOException e) throws InterruptedException {
        return e instanceof SnapshotException snapshot
                ? CheckpointFailure.whileRestoring(snapshot.reason(), snapshot)
                : CheckpointFailure.whileRestoring(e);
    }

    /** Work to do while the machine is paused. */
    private interface Work {
        void run() throws IOException;
    }

    private void whilePaused(Work work) throws IOException, InterruptedException {
        try {
            if (!machine.pause()) {
                throw new IOException("the machine has ended");
            }
            work.run();
        } catch (MemoryFaultException e) {
            throw new IOException(e.getMessage(), e);
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
                            // Must come before the machine runs again, because what it then writes
                            // are changes to this snapshot.
                            rebaseOn(writer.snapshot());
                        });
            } catch (IOException e) {
                throw CheckpointFailure.whileSaving(e);
            }
        }

        private void rebaseOn(Snapshot taken) throws IOException {
            try {
                machine.rebaseOn(taken.memory());
            } catch (IOException | RuntimeException e) {
                taken.close();
                throw e;
            }
            base.replaceBy(taken);
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
                // Saving the next checkpoint in the same place removes the rest.
            }
        }
    }

    private final class Restoring implements RestorableMachine.Restoring {

        private final Snapshot to;
        private boolean done;

        Restoring(Snapshot to) {
            this.to = to;
        }

        @Override
        public void run(Runnable between) throws InterruptedException {
            try {
                whilePaused(
                        () -> {
                            between.run();
                            machine.putBack(to.memory(), to.state());
                            // Must come before the machine runs again, because what it then writes
                            // are changes to this snapshot.
                            done = true;
                            base.replaceBy(to);
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
