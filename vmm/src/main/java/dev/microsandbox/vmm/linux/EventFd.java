package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A counter in the kernel: eventfd(2). Raising it wakes whoever watches it. Non-blocking.
 * Thread-safe, except that {@link #close} must come after the last use.
 */
public final class EventFd implements AutoCloseable {

    private static final int EFD_NONBLOCK = 0x800;
    private static final int EFD_CLOEXEC = 0x80000;

    /** The only value that is ever written. */
    private static final MemorySegment ONE = Arena.global().allocateFrom(ValueLayout.JAVA_LONG, 1);

    private final FileDescriptor descriptor;

    private EventFd(FileDescriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** Creates an eventfd with the count 0. */
    public static EventFd create() throws LinuxException {
        int fd = LibC.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (fd < 0) {
            throw new LinuxException("eventfd()", -fd);
        }
        return new EventFd(new FileDescriptor(fd));
    }

    /** The descriptor's number, for the kernel. */
    public int fd() {
        return descriptor.number();
    }

    /**
     * Raises the count. The write fails only if the count is at its limit. The eventfd is then
     * signalled already, so that is not an error.
     */
    public void signal() {
        long _ = LibC.write(fd(), ONE, Long.BYTES);
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
