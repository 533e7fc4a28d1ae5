package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntConsumer;

/**
 * Waits for eventfds with epoll(7), edge-triggered: {@link #await} reports each signal, and nobody
 * has to read the eventfd's counter. Only one thread at a time may call {@link #await}; {@link
 * #add} is thread-safe.
 */
public final class Epoll implements AutoCloseable {

    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLLIN = 1;
    private static final int EPOLLET = 1 << 31;

    /**
     * struct epoll_event is packed on x86-64 (sys/epoll.h): the events, then 64 bits of user data.
     */
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
     * Watches an eventfd until it is closed.
     *
     * @param token what {@link #await} reports when the eventfd is signalled
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
     * Waits until an eventfd is signalled, the time is up, or a signal interrupts the thread.
     *
     * @param timeoutMillis the longest wait; 0 returns at once, −1 waits without limit
     * @param signalled receives the token of each eventfd that was signalled
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

    /** Closes the epoll descriptor. No thread may be in {@link #await}. */
    @Override
    public void close() {
        descriptor.close();
        arena.close();
    }
}
