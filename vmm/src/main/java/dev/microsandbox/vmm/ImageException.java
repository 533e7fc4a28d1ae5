package dev.microsandbox.vmm;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An image could not be found, built or used. The message says what happened and what to do, in
 * words for the person who runs this.
 */
public final class ImageException extends SandboxException {

    private static final long serialVersionUID = 1L;

    public ImageException(String message) {
        this(message, null);
    }

    public ImageException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** A failure of the file system while doing what {@code doing} says. */
    public static ImageException of(String doing, IOException cause) {
        String reason = cause.getMessage();
        return new ImageException(
                doing
                        + " failed: "
                        + cause.getClass().getSimpleName()
                        + (reason == null ? "" : ": " + reason),
                cause);
    }
}
