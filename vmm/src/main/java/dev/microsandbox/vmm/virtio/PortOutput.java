package dev.microsandbox.vmm.virtio;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What goes to the guest through a port: copied into the buffers that the driver has provided. For
 * one writer; the other methods are called with the lock held.
 */
final class PortOutput extends OutputStream {

    private final ReentrantLock lock;
    private final Condition changed;

    private @Nullable Virtqueue queue;

    /** Whether a program in the guest has opened the port. */
    private boolean open;

    /** Whether guest memory is not to be touched for now. */
    private boolean held;

    private boolean ended;

    /**
     * @param lock of the device
     */
    PortOutput(ReentrantLock lock) {
        this.lock = lock;
        this.changed = lock.newCondition();
    }

    void connect(Virtqueue to) {
        queue = to;
        wake();
    }

    void disconnect() {
        queue = null;
        open = false;
    }

    void setOpen(boolean value) {
        open = value;
        wake();
    }

    boolean isOpen() {
        return open;
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

    /** There is room, or the end. */
    void wake() {
        changed.signalAll();
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        Objects.checkFromIndexSize(from, length, bytes.length);
        lock.lock();
        try {
            int done = 0;
            while (done < length) {
                if (ended) {
                    throw new IOException("the machine has ended");
                }
                int part = fill(bytes, from + done, length - done);
                if (part == 0) {
                    changed.awaitUninterruptibly();
                }
                done += part;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Fills what room there is, and tells the driver. */
    private int fill(byte[] bytes, int from, int length) {
        Virtqueue target = queue;
        if (target == null || !open || held) {
            return 0;
        }
        int done = 0;
        while (done < length) {
            DescriptorChain chain = target.poll();
            if (chain == null) {
                break;
            }
            int part = Buffers.fill(chain.writable(), bytes, from + done, length - done);
            target.complete(chain, part);
            done += part;
        }
        target.signal();
        return done;
    }
}
