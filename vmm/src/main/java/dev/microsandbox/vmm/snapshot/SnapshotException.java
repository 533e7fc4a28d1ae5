package dev.microsandbox.vmm.snapshot;

import java.io.IOException;
import java.nio.file.Path;

/** No machine can start from a snapshot on this host. The message says why, and what to do. */
public final class SnapshotException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String reason;

    SnapshotException(Path directory, String reason) {
        super("The snapshot %s cannot be used: %s".formatted(directory, reason));
        this.reason = reason;
    }

    /** A clause that says why, and what to do, without a path of this host. */
    public String reason() {
        return reason;
    }
}
