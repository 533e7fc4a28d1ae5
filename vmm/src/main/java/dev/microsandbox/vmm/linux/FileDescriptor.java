package dev.microsandbox.vmm.linux;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Owns an open file descriptor. Thread-safe. The caller of {@link #close} makes sure that nobody
 * still uses the number, because the kernel gives it to the next file that is opened.
 */
public final class FileDescriptor implements AutoCloseable {

    private final int number;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Takes ownership of an open descriptor. */
    FileDescriptor(int number) {
        this.number = number;
    }

    /**
     * Takes ownership of a descriptor that an ioctl returned, such as a VM's.
     *
     * @param number as the kernel gave it
     */
    public static FileDescriptor owned(int number) {
        return new FileDescriptor(number);
    }

    /** The number, for system calls. */
    public int number() {
        return number;
    }

    /**
     * ioctl(2) with a numeric argument.
     *
     * @param name the request's name in its header, for errors
     * @return what the call returned, not negative
     */
    public int ioctl(String name, long request, long argument) throws LinuxException {
        int result = LibC.ioctl(number, request, argument);
        if (result < 0) {
            throw new LinuxException("%s(fd %d, %#x)".formatted(name, number, argument), -result);
        }
        return result;
    }

    /**
     * ioctl(2) with a structure, which must be in native memory.
     *
     * @param name the request's name in its header, for errors
     * @return what the call returned, not negative
     */
    public int ioctl(String name, long request, MemorySegment argument) throws LinuxException {
        int result = LibC.ioctl(number, request, argument);
        if (result < 0) {
            throw new LinuxException(
                    "%s(fd %d, %d bytes at %#x)"
                            .formatted(name, number, argument.byteSize(), argument.address()),
                    -result);
        }
        return result;
    }

    /**
     * ioctl(2) for hot paths, and for requests whose error is an ordinary answer.
     *
     * @return what the call returned, or the negated errno
     */
    public int tryIoctl(long request, long argument) {
        return LibC.ioctl(number, request, argument);
    }

    /**
     * Closes the descriptor. Idempotent. It ignores an error of close(2), which could only report a
     * delayed write, because nothing here delays writes.
     */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            int _ = LibC.close(number);
        }
    }
}
