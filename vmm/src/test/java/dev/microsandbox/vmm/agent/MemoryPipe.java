package dev.microsandbox.vmm.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A pipe of bounded size between any threads. Like a machine's port, and unlike the pipes of the
 * JDK, it does not heed interrupts, and nothing but {@link #close} closes it.
 */
final class MemoryPipe {

    private final byte[] ring = new byte[1 << 16];
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long written;
    private long read;
    private boolean closed;

    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    InputStream input() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                return take(into, offset, length);
            }
        };
    }

    OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] from, int offset, int length) throws IOException {
                put(from, offset, length);
            }
        };
    }

    /** What was written before the pipe was closed can still be read. */
    private int take(byte[] into, int offset, int length) {
        lock.lock();
        try {
            while (written == read && !closed) {
                changed.awaitUninterruptibly();
            }
            int count = (int) Math.min(length, written - read);
            if (count == 0) {
                return -1;
            }
            for (int i = 0; i < count; ) {
                int at = (int) (read % ring.length);
                int part = Math.min(count - i, ring.length - at);
                System.arraycopy(ring, at, into, offset + i, part);
                read += part;
                i += part;
            }
            changed.signalAll();
            return count;
        } finally {
            lock.unlock();
        }
    }

    private void put(byte[] from, int offset, int length) throws IOException {
        lock.lock();
        try {
            for (int i = 0; i < length; ) {
                while (written - read == ring.length && !closed) {
                    changed.awaitUninterruptibly();
                }
                if (closed) {
                    throw new IOException("the pipe is closed");
                }
                int at = (int) (written % ring.length);
                int room = (int) (ring.length - (written - read));
                int part = Math.min(Math.min(length - i, room), ring.length - at);
                System.arraycopy(from, offset + i, ring, at, part);
                written += part;
                i += part;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }
}
