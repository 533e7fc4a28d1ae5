package dev.microsandbox.mcp.front;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A worker fails in the middle of a request. The message has no text of the worker's. */
final class WorkerException extends IOException {

    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    enum Kind {
        /** Nothing of the request has reached the worker, so it may be sent again. */
        UNREACHED,
        /** The worker has closed the connection. */
        ENDED,
        /** The worker kept the front waiting for too long. */
        LATE,
        /** What the worker sent is not an answer in HTTP/1.1. */
        INVALID
    }

    private final Kind kind;

    WorkerException(Kind kind, String message) {
        this(kind, message, null);
    }

    WorkerException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    static WorkerException invalid(String what) {
        return new WorkerException(Kind.INVALID, what);
    }

    Kind kind() {
        return kind;
    }

    /** Never null. */
    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
