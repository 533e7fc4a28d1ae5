package dev.microsandbox.vmm.agent;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Writes whole frames, one at a time. Thread-safe. While a thread holds the writer ({@link #hold}),
 * others wait.
 */
final class FrameWriter {

    private final OutputStream out;

    /** The turn to write. Not a lock, because one thread may take it and another release it. */
    private final Semaphore turn = new Semaphore(1, true);

    /** When the current write began ({@link System#nanoTime}); 0 if there is none. */
    private volatile long busySince;

    FrameWriter(OutputStream out) {
        this.out = out;
    }

    /**
     * Waits for its turn and writes a frame.
     *
     * @param wanted called when it is this frame's turn; if it returns false, nothing is written
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
     * Keeps all threads from writing, from between two frames until {@link #release}.
     *
     * @return false if the current frame was not written in time
     */
    boolean hold(Duration patience) throws InterruptedException {
        return turn.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    void release() {
        turn.release();
    }

    /** Writes a frame for the caller that holds the writer. */
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

    /** How long the current write has taken so far, in nanoseconds; 0 if there is none. */
    long stuckNanos() {
        long since = busySince;
        return since == 0 ? 0 : System.nanoTime() - since;
    }
}
