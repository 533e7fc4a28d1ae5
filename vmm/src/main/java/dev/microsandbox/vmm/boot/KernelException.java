package dev.microsandbox.vmm.boot;

/** A kernel, or its command line, that cannot be booted. The message says what to do next. */
public final class KernelException extends Exception {

    private static final long serialVersionUID = 1L;

    KernelException(String message) {
        super(message);
    }
}
