package dev.microsandbox.vmm.memory;

/**
 * A guest-physical range does not lie wholly in RAM. The device that accesses it decides what
 * follows.
 */
public final class GuestAddressException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    GuestAddressException(long address, long length) {
        // A hostile guest can cause any number of these. Without a stack trace, they cost the
        // host little.
        super(
                "guest range %#x + %d bytes is not in RAM".formatted(address, length),
                null,
                false,
                false);
    }
}
