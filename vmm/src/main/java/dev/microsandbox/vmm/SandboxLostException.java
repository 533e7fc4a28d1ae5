package dev.microsandbox.vmm;

/** The machine is gone, and with it all of its state. The message says why. */
public final class SandboxLostException extends SandboxException {

    private static final long serialVersionUID = 1L;

    public SandboxLostException(String message) {
        super(message);
    }
}
