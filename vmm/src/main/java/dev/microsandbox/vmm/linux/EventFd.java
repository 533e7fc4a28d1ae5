package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * eventfd(2): a counter in the kernel whose raising wakes whoever watches it. Non-blocking.
 * Thread-safe but for {@link #close}, which must come after the last use.
 */
public final class EventFd implements AutoCloseable {

    private static final int EFD_NONBLOCK = 0x800;
    private static final int EFD_CLOEXEC = 0x80000;

    /** The one value that is ever written. */
    private static final MemorySegment ONE = Arena.global().allocateFrom(ValueLayout.JAVA_LONG, 1);

    private final FileDescriptor descriptor;

    private EventFd(FileDescriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** A new one with the count 0. */
    public static EventFd create() throws LinuxException {
        int fd = LibC.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (fd < 0) {
            throw new LinuxException("eventfd()", -fd);
        }
        return new EventFd(new FileDescriptor(fd));
    }

    /** The descriptor's number, to be given to the kernel. */
    public int fd() {
        return descriptor.number();
    }

    /** Raises the count. One that is at its limit is raised already, so that is no error. */
    public void signal() {
        long _ = LibC.write(fd(), ONE, Long.BYTES);
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
