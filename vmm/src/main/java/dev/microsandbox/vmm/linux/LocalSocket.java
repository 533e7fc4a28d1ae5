package dev.microsandbox.vmm.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;

/**
 * One end of a pair of Unix sockets, which can pass descriptors: unix(7). As with a channel of the
 * JDK, an interrupt closes it, and a thread that waits notices when another closes it. Of a socket
 * of bytes, one thread may read while another writes. Of a socket of messages, one thread may
 * receive while any send; to send a message blocks the thread while there is no room for it.
 */
public final class LocalSocket implements ByteChannel {

    /** Kinds of sockets. */
    public enum Kind {
        /** SOCK_STREAM: bytes. */
        STREAM(1),
        /** SOCK_SEQPACKET: messages. */
        PACKETS(5);

        private final int type;

        Kind(int type) {
            this.type = type;
        }
    }

    /** The most descriptors that one message passes. */
    public static final int MOST_FILES = 16;

    private static final int AF_UNIX = 1;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int SHUT_RDWR = 2;
    private static final int MSG_PEEK = 0x2;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;
    private static final int F_SETFD = 2;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int FD_CLOEXEC = 1;

    // struct msghdr, iovec and cmsghdr of x86-64 (bits/socket.h).
    private static final int MSGHDR_BYTES = 56;
    private static final int MSG_IOV = 16;
    private static final int MSG_IOVLEN = 24;
    private static final int MSG_CONTROL = 32;
    private static final int MSG_CONTROLLEN = 40;
    private static final int IOVEC_BYTES = 16;
    private static final int CMSG_LEVEL = 8;
    private static final int CMSG_TYPE = 12;
    private static final int CMSG_DATA = 16;

    private final FileDescriptor descriptor;

    /** Threads that use the descriptor. Guarded by this object's lock. */
    private int users;

    /** Guarded by this object's lock. */
    private boolean closed;

    private final Kind kind;

    private LocalSocket(FileDescriptor descriptor, Kind kind) {
        this.descriptor = descriptor;
        this.kind = kind;
    }

    /**
     * Two connected sockets.
     *
     * @param ours this process's end
     * @param theirs to be passed to another process, and then closed
     */
    public record Pair(LocalSocket ours, FileDescriptor theirs) {}

    /** A message that was received, with the descriptors in it, which the receiver closes. */
    public record Message(byte[] bytes, List<FileDescriptor> files) {}

    /** Creates a pair. */
    public static Pair pair(Kind kind) throws LinuxException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment ends = call.allocate(ValueLayout.JAVA_INT, 2);
            int result = SocketCalls.socketpair(AF_UNIX, kind.type | SOCK_CLOEXEC, 0, ends);
            if (result < 0) {
                throw new LinuxException("socketpair()", -result);
            }
            return new Pair(
                    new LocalSocket(
                            new FileDescriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 0)), kind),
                    new FileDescriptor(ends.getAtIndex(ValueLayout.JAVA_INT, 1)));
        }
    }

    /**
     * Takes ownership of a socket that this process has inherited. Programs that this process
     * starts do not inherit it.
     *
     * @throws LinuxException if there is no such descriptor
     */
    public static LocalSocket inherited(int number, Kind kind) throws LinuxException {
        int result = LibC.fcntl(number, F_SETFD, FD_CLOEXEC);
        if (result < 0) {
            throw new LinuxException("fcntl(fd %d, F_SETFD)".formatted(number), -result);
        }
        return new LocalSocket(new FileDescriptor(number), kind);
    }

    /** Takes ownership of a connected socket that another process has passed to this one. */
    public static LocalSocket of(FileDescriptor descriptor, Kind kind) {
        return new LocalSocket(descriptor, kind);
    }

    /** Receives bytes into a buffer; −1 at the end. */
    @Override
    public int read(ByteBuffer into) throws LinuxException, ClosedChannelException {
        if (!into.hasRemaining()) {
            return 0;
        }
        try (Arena call = Arena.ofConfined()) {
            MemorySegment bytes = call.allocate(into.remaining());
            MemorySegment header = header(call, bytes, MemorySegment.NULL);
            int count = (int) receive(header);
            into.put(bytes.asSlice(0, count).asByteBuffer());
            return count == 0 ? -1 : count;
        }
    }

    /**
     * Receives a message of at most the given size, with its descriptors. An empty one without
     * descriptors means that the other end is closed.
     */
    public Message receive(int most) throws LinuxException, ClosedChannelException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment bytes = call.allocate(most);
            MemorySegment control = call.allocate(CMSG_DATA + 4L * MOST_FILES, 8);
            MemorySegment header = header(call, bytes, control);
            int count = (int) receive(header);
            return new Message(
                    bytes.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE),
                    files(control, header.get(ValueLayout.JAVA_LONG, MSG_CONTROLLEN)));
        }
    }

    private static List<FileDescriptor> files(MemorySegment control, long length) {
        List<FileDescriptor> files = new ArrayList<>();
        if (length >= CMSG_DATA
                && control.get(ValueLayout.JAVA_INT, CMSG_LEVEL) == SOL_SOCKET
                && control.get(ValueLayout.JAVA_INT, CMSG_TYPE) == SCM_RIGHTS) {
            long end = control.get(ValueLayout.JAVA_LONG, 0);
            for (long at = CMSG_DATA; at + 4 <= end; at += 4) {
                files.add(new FileDescriptor(control.get(ValueLayout.JAVA_INT, at)));
            }
        }
        return files;
    }

    private long receive(MemorySegment header) throws LinuxException, ClosedChannelException {
        return use(
                "recvmsg",
                Readiness.IN,
                fd -> SocketCalls.recvmsg(fd, header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
    }

    /** Sends bytes of a buffer, at least one. */
    @Override
    public int write(ByteBuffer from) throws LinuxException, ClosedChannelException {
        byte[] bytes = new byte[from.remaining()];
        from.duplicate().get(bytes);
        int count = send(bytes, List.of());
        from.position(from.position() + count);
        return count;
    }

    /**
     * Sends bytes with descriptors, which the caller still owns.
     *
     * @return how many bytes were sent; all of them where the socket's kind is packets
     */
    public int send(byte[] bytes, List<FileDescriptor> files)
            throws LinuxException, ClosedChannelException {
        if (files.size() > MOST_FILES) {
            throw new IllegalArgumentException(files.size() + " descriptors in one message");
        }
        try (Arena call = Arena.ofConfined()) {
            MemorySegment control = MemorySegment.NULL;
            if (!files.isEmpty()) {
                control = call.allocate(CMSG_DATA + (4L * files.size() + 7) / 8 * 8, 8);
                control.set(ValueLayout.JAVA_LONG, 0, CMSG_DATA + 4L * files.size());
                control.set(ValueLayout.JAVA_INT, CMSG_LEVEL, SOL_SOCKET);
                control.set(ValueLayout.JAVA_INT, CMSG_TYPE, SCM_RIGHTS);
                for (int i = 0; i < files.size(); i++) {
                    control.set(ValueLayout.JAVA_INT, CMSG_DATA + 4L * i, files.get(i).number());
                }
            }
            MemorySegment data = call.allocate(Math.max(1, bytes.length));
            MemorySegment.copy(bytes, 0, data, ValueLayout.JAVA_BYTE, 0, bytes.length);
            MemorySegment header = header(call, data.asSlice(0, bytes.length), control);
            int flags = kind == Kind.PACKETS ? MSG_NOSIGNAL : MSG_NOSIGNAL | MSG_DONTWAIT;
            return (int)
                    use("sendmsg", Readiness.OUT, fd -> SocketCalls.sendmsg(fd, header, flags));
        }
    }

    private static MemorySegment header(Arena call, MemorySegment data, MemorySegment control) {
        MemorySegment vector = call.allocate(IOVEC_BYTES, 8);
        vector.set(ValueLayout.ADDRESS, 0, data);
        vector.set(ValueLayout.JAVA_LONG, 8, data.byteSize());
        MemorySegment header = call.allocate(MSGHDR_BYTES, 8);
        header.set(ValueLayout.ADDRESS, MSG_IOV, vector);
        header.set(ValueLayout.JAVA_LONG, MSG_IOVLEN, 1);
        header.set(ValueLayout.ADDRESS, MSG_CONTROL, control);
        header.set(ValueLayout.JAVA_LONG, MSG_CONTROLLEN, control.byteSize());
        return header;
    }

    /** A system call that does not wait. */
    @FunctionalInterface
    private interface Call {
        long on(int fd);
    }

    private long use(String name, int events, Call call)
            throws LinuxException, ClosedChannelException {
        begin();
        try {
            while (true) {
                long result = call.on(descriptor.number());
                if (result == -Errno.EAGAIN) {
                    await(events);
                } else if (result < 0 && result != -Errno.EINTR) {
                    throw new LinuxException(
                            "%s(fd %d)".formatted(name, descriptor.number()), (int) -result);
                } else if (result >= 0) {
                    return result;
                }
                if (!isOpen()) {
                    throw new AsynchronousCloseException();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            ClosedByInterruptException interrupted = new ClosedByInterruptException();
            interrupted.initCause(e);
            throw interrupted;
        } finally {
            end();
        }
    }

    private void await(int events) throws LinuxException, InterruptedException {
        if (events == Readiness.IN) {
            Readiness.await(descriptor.number(), events);
            return;
        }
        // Another thread may be waiting to read, and one descriptor can be waited for once.
        int other = LibC.fcntl(descriptor.number(), F_DUPFD_CLOEXEC, 0);
        if (other < 0) {
            throw new LinuxException(
                    "fcntl(fd %d, F_DUPFD_CLOEXEC)".formatted(descriptor.number()), -other);
        }
        FileDescriptor copy = new FileDescriptor(other);
        try {
            Readiness.await(other, events);
        } finally {
            copy.close();
        }
    }

    /** Whether the other end is open, and nothing that it has sent waits to be read. */
    public boolean isQuiet() throws ClosedChannelException {
        begin();
        try (Arena call = Arena.ofConfined()) {
            MemorySegment header = header(call, call.allocate(1), MemorySegment.NULL);
            int flags = MSG_DONTWAIT | MSG_PEEK;
            return SocketCalls.recvmsg(descriptor.number(), header, flags) == -Errno.EAGAIN;
        } finally {
            end();
        }
    }

    private synchronized void begin() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
        users++;
    }

    private synchronized void end() {
        users--;
        if (closed && users == 0) {
            descriptor.close();
        }
    }

    @Override
    public synchronized boolean isOpen() {
        return !closed;
    }

    /** Closes the socket. Whoever waits for it gets an exception. Idempotent. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        int _ = SocketCalls.shutdown(descriptor.number(), SHUT_RDWR);
        if (users == 0) {
            descriptor.close();
        }
    }
}
