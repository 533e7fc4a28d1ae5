package dev.microsandbox.vmm.template;

import dev.microsandbox.vmm.SandboxException;
import org.jspecify.annotations.Nullable;

/** A template could not be made, found or removed. The message is for the operator. */
public final class TemplateException extends SandboxException {

    private static final long serialVersionUID = 1L;

    TemplateException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
