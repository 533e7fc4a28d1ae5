package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Waits until a socket can be read or written: one platform thread for all sockets, so that a
 * virtual thread that waits holds no carrier. Thread-safe, but only one thread may wait for a
 * socket.
 */
final class Readiness {

    static final int IN = 0x1;
    static final int OUT = 0x4;

    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLL_CTL_DEL = 2;
    private static final int EPOLLONESHOT = 1 << 30;

    /** struct epoll_event is packed on x86-64 (sys/epoll.h): the events, then 64 bits of data. */
    private static final int EVENT_BYTES = 12;

    private static final int EVENT_DATA = 4;
    private static final int MOST_EVENTS = 64;

    /** Created when it is first needed. */
    private static final class Holder {
        static final Readiness INSTANCE = new Readiness();
    }

    private final int epoll;
    private final AtomicLong tokens = new AtomicLong();
    private final Map<Long, CompletableFuture<Boolean>> waiting = new ConcurrentHashMap<>();

    private Readiness() {
        epoll = LibC.epollCreate1(EPOLL_CLOEXEC);
        if (epoll >= 0) {
            Thread.ofPlatform().name("socket-readiness").daemon().start(this::run);
        }
    }

    /**
     * Waits until a socket is ready, or has ended.
     *
     * @param fd that stays open until this returns
     * @param events {@link #IN} or {@link #OUT}
     */
    static void await(int fd, int events) throws LinuxException, InterruptedException {
        Holder.INSTANCE.awaitReady(fd, events);
    }

    private void awaitReady(int fd, int events) throws LinuxException, InterruptedException {
        if (epoll < 0) {
            throw new LinuxException("epoll_create1()", -epoll);
        }
        long token = tokens.incrementAndGet();
        CompletableFuture<Boolean> ready = new CompletableFuture<>();
        waiting.put(token, ready);
        try {
            control(EPOLL_CTL_ADD, fd, events | EPOLLONESHOT, token);
            try {
                boolean _ = ready.get();
            } finally {
                control(EPOLL_CTL_DEL, fd, 0, 0);
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        } finally {
            waiting.remove(token);
        }
    }

    private void control(int operation, int fd, int events, long token) throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment event = call.allocate(EVENT_BYTES, 8);
            event.set(ValueLayout.JAVA_INT, 0, events);
            event.set(ValueLayout.JAVA_LONG_UNALIGNED, EVENT_DATA, token);
            int result = LibC.epollCtl(epoll, operation, fd, event);
            if (result < 0) {
                throw new LinuxException("epoll_ctl(%d, fd %d)".formatted(operation, fd), -result);
            }
        }
    }

    private void run() {
        MemorySegment events = Arena.ofAuto().allocate((long) EVENT_BYTES * MOST_EVENTS, 8);
        while (true) {
            int count = LibC.epollWait(epoll, events, MOST_EVENTS, -1);
            for (int i = 0; i < count; i++) {
                long token =
                        events.get(
                                ValueLayout.JAVA_LONG_UNALIGNED,
                                (long) i * EVENT_BYTES + EVENT_DATA);
                CompletableFuture<Boolean> ready = waiting.get(token);
                if (ready != null) {
                    ready.complete(true);
                }
            }
        }
    }
}
