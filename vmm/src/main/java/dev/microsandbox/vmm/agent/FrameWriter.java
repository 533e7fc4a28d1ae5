package dev.microsandbox.vmm.agent;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Writes whole frames, one at a time, from any thread, unless somebody holds it. */
final class FrameWriter {

    private final OutputStream out;

    /** Whose turn it is to write. Not a lock: who holds it and who lets go may be two threads. */
    private final Semaphore turn = new Semaphore(1, true);

    /** When the write under way began ({@link System#nanoTime}), 0 while there is none. */
    private volatile long busySince;

    FrameWriter(OutputStream out) {
        this.out = out;
    }

    /**
     * Waits for its turn and writes.
     *
     * @param wanted asked when it is its turn: where it is not wanted any more, nothing is written
     */
    void write(int stream, int type, PayloadWriter payload, BooleanSupplier wanted)
            throws IOException {
        turn.acquireUninterruptibly();
        try {
            if (wanted.getAsBoolean()) {
                writeHeld(stream, type, payload);
            }
        } finally {
            turn.release();
        }
    }

    /**
     * Keeps everybody from writing, between two frames, until {@link #release}.
     *
     * @return false if the frame under way was not written in time
     */
    boolean hold(Duration patience) throws InterruptedException {
        return turn.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    void release() {
        turn.release();
    }

    /** Writes a frame for whoever holds it. */
    void writeHeld(int stream, int type, PayloadWriter payload) throws IOException {
        byte[] frame = payload.frame(stream, type);
        try {
            busySince = System.nanoTime() | 1;
            out.write(frame);
            out.flush();
        } finally {
            busySince = 0;
        }
    }

    /** For how long the write under way has been stuck, in nanoseconds; 0 without one. */
    long stuckNanos() {
        long since = busySince;
        return since == 0 ? 0 : System.nanoTime() - since;
    }
}
