package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntConsumer;

/**
 * epoll(7) for eventfds, edge-triggered: each signal is reported, and none needs to be read. {@link
 * #await} is for one thread at a time; adding is thread-safe.
 */
public final class Epoll implements AutoCloseable {

    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLLIN = 1;
    private static final int EPOLLET = 1 << 31;

    /** struct epoll_event is packed on x86-64 (sys/epoll.h): events, then 64 bits of our own. */
    private static final int EVENT_BYTES = 12;

    private static final int EVENT_DATA = 4;
    private static final int MOST_EVENTS = 16;

    private final FileDescriptor descriptor;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment events = arena.allocate((long) EVENT_BYTES * MOST_EVENTS, 8);

    private Epoll(FileDescriptor descriptor) {
        this.descriptor = descriptor;
    }

    public static Epoll create() throws LinuxException {
        int fd = LibC.epollCreate1(EPOLL_CLOEXEC);
        if (fd < 0) {
            throw new LinuxException("epoll_create1()", -fd);
        }
        return new Epoll(new FileDescriptor(fd));
    }

    /**
     * Watches an event until it is closed.
     *
     * @param token what {@link #await} reports after it was signalled
     */
    public void add(EventFd watched, int token) throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment event = call.allocate(EVENT_BYTES, 8);
            event.set(ValueLayout.JAVA_INT, 0, EPOLLIN | EPOLLET);
            event.set(ValueLayout.JAVA_LONG_UNALIGNED, EVENT_DATA, token);
            int result = LibC.epollCtl(descriptor.number(), EPOLL_CTL_ADD, watched.fd(), event);
            if (result < 0) {
                throw new LinuxException("epoll_ctl(add fd %d)".formatted(watched.fd()), -result);
            }
        }
    }

    /**
     * Waits until an event is signalled.
     *
     * @param timeoutMillis at most so long; 0 only looks, −1 waits without end
     * @param signalled gets the token of each that was
     */
    public void await(int timeoutMillis, IntConsumer signalled) throws LinuxException {
        int count = LibC.epollWait(descriptor.number(), events, MOST_EVENTS, timeoutMillis);
        if (count == -Errno.EINTR) {
            return;
        }
        if (count < 0) {
            throw new LinuxException("epoll_wait(fd %d)".formatted(descriptor.number()), -count);
        }
        for (int i = 0; i < count; i++) {
            signalled.accept(
                    (int)
                            events.get(
                                    ValueLayout.JAVA_LONG_UNALIGNED,
                                    (long) i * EVENT_BYTES + EVENT_DATA));
        }
    }

    /** Closes it; nobody may be waiting. */
    @Override
    public void close() {
        descriptor.close();
        arena.close();
    }
}
