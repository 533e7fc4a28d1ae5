package dev.microsandbox.vmm.boot;

/**
 * A kernel cannot be booted, or its command line cannot be passed. The message says what to do
 * next.
 */
public final class KernelException extends Exception {

    private static final long serialVersionUID = 1L;

    KernelException(String message) {
        super(message);
    }
}
