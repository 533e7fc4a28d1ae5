package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.SandboxException;
import org.jspecify.annotations.Nullable;

/** A template could not be saved, or this host cannot use it. The message says why. */
public final class QemuTemplateException extends SandboxException {

    private static final long serialVersionUID = 1L;

    QemuTemplateException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
