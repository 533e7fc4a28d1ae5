package dev.microsandbox.vmm.agent;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.locks.ReentrantLock;

/** Writes whole frames, one at a time, from any thread. */
final class FrameWriter {

    private final OutputStream out;
    private final ReentrantLock lock = new ReentrantLock();

    /** When the write under way began ({@link System#nanoTime}), 0 while there is none. */
    private volatile long busySince;

    FrameWriter(OutputStream out) {
        this.out = out;
    }

    void write(int stream, int type, PayloadWriter payload) throws IOException {
        byte[] frame = payload.frame(stream, type);
        lock.lock();
        try {
            busySince = System.nanoTime() | 1;
            out.write(frame);
            out.flush();
        } finally {
            busySince = 0;
            lock.unlock();
        }
    }

    /** For how long the write under way has been stuck, in nanoseconds; 0 without one. */
    long stuckNanos() {
        long since = busySince;
        return since == 0 ? 0 : System.nanoTime() - since;
    }
}
