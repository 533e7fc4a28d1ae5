package dev.microsandbox.vmm.memory;

/** A guest-physical range that is not wholly RAM. What came of it is for the device to decide. */
public final class GuestAddressException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    GuestAddressException(long address, long length) {
        // A hostile guest can cause these at will: the stack trace would be its cost to us.
        super(
                "guest range %#x + %d bytes is not in RAM".formatted(address, length),
                null,
                false,
                false);
    }
}
