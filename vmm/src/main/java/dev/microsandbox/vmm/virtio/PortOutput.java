package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.memory.MemoryFaultException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that the host sends through a port. A write copies them to the buffers that the driver
 * has provided. For one writer thread. The caller of every method that is not one of {@link
 * OutputStream} holds {@link VirtioDevice#lock}.
 */
final class PortOutput extends OutputStream {

    private final ReentrantLock lock;
    private final Condition changed;
    private final Consumer<MemoryFaultException> failed;

    private @Nullable Virtqueue queue;

    /** Whether a program in the guest has opened the port. */
    private boolean open;

    /** Whether the machine is paused, so that guest memory must not be accessed. */
    private boolean held;

    private boolean ended;

    /**
     * @param lock the device's lock
     * @param failed called, without the lock, if the guest's memory cannot be accessed; ends the
     *     machine
     */
    PortOutput(ReentrantLock lock, Consumer<MemoryFaultException> failed) {
        this.lock = lock;
        this.failed = failed;
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

    /** Wakes the writer, because there are buffers, the end was reached, or the pause is over. */
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
        try {
            await(bytes, from, length);
        } catch (MemoryFaultException e) {
            failed.accept(e);
            throw new IOException("the machine has ended", e);
        }
    }

    /** Waits for buffers until everything is copied. */
    private void await(byte[] bytes, int from, int length) throws IOException {
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

    /** Fills the buffers that are available, and signals the driver. */
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
            target.used(chain.writableBytes() > 0);
            int part = Buffers.fill(chain.writable(), bytes, from + done, length - done);
            target.complete(chain, part);
            done += part;
        }
        target.signal();
        return done;
    }
}
