package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.memory.GuestRange;
import dev.microsandbox.vmm.memory.MemoryFaultException;
import java.io.InputStream;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that the guest sends through a port. A read copies from the driver's buffers, once, and
 * returns to the driver the chains that were read completely. For one reader thread. The caller of
 * every method that is not one of {@link InputStream} holds {@link VirtioDevice#lock}.
 */
final class PortInput extends InputStream {

    private final ReentrantLock lock;
    private final Condition changed;
    private final Consumer<MemoryFaultException> failed;

    private @Nullable Virtqueue queue;

    /** The chain being read, the buffer in it, and the offset in that buffer. */
    private @Nullable DescriptorChain current;

    private int segment;
    private long offset;

    /** How many bytes of the current chain were read. */
    private long bytesRead;

    /** Whether the machine is paused, so that guest memory must not be accessed. */
    private boolean held;

    private boolean ended;

    /**
     * @param lock the device's lock
     * @param failed called, without the lock, if the guest's memory cannot be accessed; ends the
     *     machine
     */
    PortInput(ReentrantLock lock, Consumer<MemoryFaultException> failed) {
        this.lock = lock;
        this.failed = failed;
        this.changed = lock.newCondition();
    }

    void connect(Virtqueue from) {
        queue = from;
        wake();
    }

    void disconnect() {
        queue = null;
        current = null;
    }

    /** The head of the chain being read; −1 if none. */
    int head() {
        return current == null ? -1 : current.head();
    }

    /** How many bytes of the current chain were read. */
    long bytesRead() {
        return current == null ? 0 : bytesRead;
    }

    /**
     * Continues with the chain that was being read when the machine was saved, and that the driver
     * does not have back yet.
     */
    void continueAt(int head, long bytes) {
        current = null;
        Virtqueue source = queue;
        if (source == null || head < 0) {
            return;
        }
        DescriptorChain chain = source.takeAgain(head);
        if (chain != null) {
            begin(chain);
            skip(chain, bytes);
            if (segment == chain.readable().size()) {
                source.complete(chain, 0);
                current = null;
            }
        }
    }

    void setHeld(boolean value) {
        held = value;
        wake();
    }

    void end() {
        disconnect();
        ended = true;
        wake();
    }

    /** Wakes the reader, because there are bytes, the end was reached, or the pause is over. */
    void wake() {
        changed.signalAll();
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int length) {
        Objects.checkFromIndexSize(from, length, into.length);
        if (length == 0) {
            return 0;
        }
        try {
            return await(into, from, length);
        } catch (MemoryFaultException e) {
            failed.accept(e);
            return -1;
        }
    }

    /** Waits for bytes and copies them; returns −1 at the end. */
    private int await(byte[] into, int from, int length) {
        lock.lock();
        try {
            while (true) {
                int done = copy(into, from, length);
                if (done > 0) {
                    return done;
                }
                if (ended) {
                    return -1;
                }
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Copies the bytes that are available without waiting. */
    private int copy(byte[] into, int from, int length) {
        Virtqueue source = queue;
        if (source == null || held) {
            return 0;
        }
        int done = 0;
        while (done < length) {
            DescriptorChain chain = current;
            if (chain == null) {
                chain = source.poll();
                if (chain == null) {
                    break;
                }
                source.used(chain.readableBytes() > 0);
                begin(chain);
            }
            done += copy(chain, into, from + done, length - done);
            if (segment == chain.readable().size()) {
                source.complete(chain, 0);
                current = null;
            }
        }
        source.signal();
        return done;
    }

    private void begin(DescriptorChain chain) {
        current = chain;
        segment = 0;
        offset = 0;
        bytesRead = 0;
    }

    private void skip(DescriptorChain chain, long bytes) {
        long left = Math.clamp(bytes, 0, chain.readableBytes());
        bytesRead = left;
        while (segment < chain.readable().size()) {
            long size = chain.readable().get(segment).byteSize();
            if (left < size) {
                offset = left;
                return;
            }
            left -= size;
            segment++;
        }
    }

    private int copy(DescriptorChain chain, byte[] into, int from, int length) {
        int done = 0;
        while (done < length && segment < chain.readable().size()) {
            GuestRange bytes = chain.readable().get(segment);
            int part = (int) Math.min(bytes.byteSize() - offset, length - done);
            bytes.copyTo(offset, into, from + done, part);
            done += part;
            offset += part;
            bytesRead += part;
            if (offset == bytes.byteSize()) {
                segment++;
                offset = 0;
            }
        }
        // Empty buffers at the end must not keep the chain from being returned.
        while (segment < chain.readable().size()
                && offset == chain.readable().get(segment).byteSize()) {
            segment++;
            offset = 0;
        }
        return done;
    }
}
