package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.snapshot.Requirements;
import dev.microsandbox.vmm.snapshot.Snapshot;
import dev.microsandbox.vmm.snapshot.SnapshotWriter;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a machine's memory began as: nothing if it was booted, or a snapshot. Closed with the
 * machine. Thread-safe.
 */
final class Origin implements AutoCloseable {

    private @Nullable Snapshot snapshot;

    /** Whether to close the snapshot. */
    private boolean owned;

    private boolean closed;

    private Origin(@Nullable Snapshot snapshot, boolean owned) {
        this.snapshot = snapshot;
        this.owned = owned;
    }

    static Origin none() {
        return new Origin(null, false);
    }

    /** One that stays open longer than the machine lives. */
    static Origin lent(Snapshot snapshot) {
        return new Origin(snapshot, false);
    }

    /** One that is closed with this. */
    static Origin owned(Snapshot snapshot) {
        return new Origin(snapshot, true);
    }

    /** To save the machine: what it has changed of this, or all where this is nothing. */
    synchronized SnapshotWriter beginSaving(
            Path directory, Requirements requirements, long memoryBytes) throws IOException {
        // While this lasts the snapshot is not closed: its files are copied, or linked.
        requireOpen();
        return snapshot == null
                ? SnapshotWriter.begin(directory, requirements, memoryBytes)
                : SnapshotWriter.beginChanges(directory, snapshot);
    }

    /** Opens and checks what may become the origin. */
    Snapshot open(Path directory, Requirements requirements) throws IOException {
        Snapshot known;
        synchronized (this) {
            requireOpen();
            known = snapshot;
        }
        return Snapshot.open(directory, requirements, known);
    }

    /** The machine has another origin now, which is closed with it. */
    synchronized void become(Snapshot other) {
        closeOwned();
        snapshot = other;
        owned = true;
        if (closed) {
            closeOwned();
        }
    }

    private void requireOpen() throws IOException {
        if (closed) {
            throw new IOException("the machine has ended");
        }
    }

    private void closeOwned() {
        if (owned && snapshot != null) {
            snapshot.close();
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            closeOwned();
        }
    }
}
