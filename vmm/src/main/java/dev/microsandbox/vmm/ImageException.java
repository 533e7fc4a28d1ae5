package dev.microsandbox.vmm;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An image could not be found, built or used. The message tells the user what happened and what to
 * do.
 */
public final class ImageException extends SandboxException {

    private static final long serialVersionUID = 1L;

    public ImageException(String message) {
        this(message, null);
    }

    public ImageException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /**
     * An exception for a failed file operation.
     *
     * @param doing what was being done, for the message: "Reading the recipe"
     */
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
