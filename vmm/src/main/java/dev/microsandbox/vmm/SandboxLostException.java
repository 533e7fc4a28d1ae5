package dev.microsandbox.vmm;

/** The machine has ended, and all of its state is lost. The message says why. */
public final class SandboxLostException extends SandboxException {

    private static final long serialVersionUID = 1L;

    public SandboxLostException(String message) {
        super(message);
    }
}
