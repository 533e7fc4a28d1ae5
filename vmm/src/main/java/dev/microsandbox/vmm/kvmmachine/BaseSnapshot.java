package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.snapshot.Requirements;
import dev.microsandbox.vmm.snapshot.Snapshot;
import dev.microsandbox.vmm.snapshot.SnapshotWriter;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The snapshot on which a machine's memory is based, if there is one; a booted machine has none.
 * Closed with the machine. Thread-safe.
 */
final class BaseSnapshot implements AutoCloseable {

    private @Nullable Snapshot snapshot;

    /** Whether this object closes the snapshot. */
    private boolean owned;

    private boolean closed;

    private BaseSnapshot(@Nullable Snapshot snapshot, boolean owned) {
        this.snapshot = snapshot;
        this.owned = owned;
    }

    static BaseSnapshot none() {
        return new BaseSnapshot(null, false);
    }

    /** A snapshot that its owner keeps open longer than the machine lives. */
    static BaseSnapshot lent(Snapshot snapshot) {
        return new BaseSnapshot(snapshot, false);
    }

    /** A snapshot that is closed with this object. */
    static BaseSnapshot owned(Snapshot snapshot) {
        return new BaseSnapshot(snapshot, true);
    }

    /**
     * Begins to save the machine: its changes to the base snapshot, or all of its memory if there
     * is no base.
     */
    synchronized SnapshotWriter beginSaving(
            Path directory, Requirements requirements, long memoryBytes) throws IOException {
        // Holds this object's lock throughout, so that the snapshot is not closed while its files
        // are copied or linked.
        requireOpen();
        return snapshot == null
                ? SnapshotWriter.begin(directory, requirements, memoryBytes)
                : SnapshotWriter.beginChanges(directory, snapshot);
    }

    /** Opens and checks a snapshot that may become the base. */
    Snapshot open(Path directory, Requirements requirements) throws IOException {
        Snapshot known;
        synchronized (this) {
            requireOpen();
            known = snapshot;
        }
        return Snapshot.open(directory, requirements, known);
    }

    /** Replaces the base snapshot by another, which is closed with this object. */
    synchronized void replaceBy(Snapshot other) {
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
