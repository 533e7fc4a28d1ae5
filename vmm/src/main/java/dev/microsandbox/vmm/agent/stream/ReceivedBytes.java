package dev.microsandbox.vmm.agent.stream;

import java.util.Arrays;

/**
 * The bytes of a stream's channels that nobody has taken yet, in the order of their arrival: one
 * ring of bytes, and one of runs. A run is a number of bytes of one channel. Bytes that follow
 * others of their channel lengthen the last run, however small the frames are that they come in.
 *
 * <p>The rings grow with what they hold. They take at most three times the bytes that a sender may
 * have in flight: that is when each byte is of another channel than the one before. Not
 * thread-safe.
 */
public final class ReceivedBytes {

    /** The highest channel number. */
    public static final int CHANNEL_MAX = 7;

    private static final int LENGTH_BITS = 13;
    private static final int RUN_MAX = (1 << LENGTH_BITS) - 1;
    private static final int FIRST_BYTES = 256;
    private static final int FIRST_RUNS = 8;

    /** Bytes of one channel, in an array that the caller owns. */
    public record Piece(int channel, byte[] bytes) {}

    private byte[] bytes = new byte[FIRST_BYTES];
    private int firstByte;
    private int size;

    /** Each is {@code channel << LENGTH_BITS | length}. */
    private char[] runs = new char[FIRST_RUNS];

    private int firstRun;
    private int runCount;

    public boolean isEmpty() {
        return size == 0;
    }

    /** How many bytes there are. */
    public int size() {
        return size;
    }

    /** How many bytes of the host's memory the two rings take. */
    public int footprint() {
        return bytes.length + runs.length * Character.BYTES;
    }

    /**
     * Appends bytes of a channel.
     *
     * @param channel 0 to {@link #CHANNEL_MAX}
     */
    public void add(int channel, byte[] from, int offset, int length) {
        if (channel < 0 || channel > CHANNEL_MAX) {
            throw new IllegalArgumentException("channel " + channel);
        }
        copyIn(from, offset, length);
        int left = length;
        if (runCount > 0) {
            int last = index(firstRun + runCount - 1, runs.length);
            if (runs[last] >> LENGTH_BITS == channel) {
                int more = Math.min(left, RUN_MAX - (runs[last] & RUN_MAX));
                runs[last] += (char) more;
                left -= more;
            }
        }
        while (left > 0) {
            int run = Math.min(left, RUN_MAX);
            addRun((char) (channel << LENGTH_BITS | run));
            left -= run;
        }
    }

    /**
     * Removes the oldest bytes, all of one channel.
     *
     * @param most the most bytes to take
     * @throws IllegalStateException if there are none
     */
    public Piece take(int most) {
        if (size == 0) {
            throw new IllegalStateException("there are no bytes");
        }
        int channel = runs[firstRun] >> LENGTH_BITS;
        int length = 0;
        while (runCount > 0 && length < most && runs[firstRun] >> LENGTH_BITS == channel) {
            int there = runs[firstRun] & RUN_MAX;
            int part = Math.min(there, most - length);
            length += part;
            if (part < there) {
                runs[firstRun] -= (char) part;
            } else {
                firstRun = index(firstRun + 1, runs.length);
                runCount--;
            }
        }
        return new Piece(channel, copyOut(length));
    }

    /**
     * Removes all bytes.
     *
     * @return how many there were
     */
    public int clear() {
        int dropped = size;
        size = 0;
        runCount = 0;
        return dropped;
    }

    private void copyIn(byte[] from, int offset, int length) {
        if (size + length > bytes.length) {
            int larger = Integer.highestOneBit(size + length - 1) << 1;
            byte[] grown = new byte[larger];
            unroll(grown, size);
            bytes = grown;
            firstByte = 0;
        }
        int at = index(firstByte + size, bytes.length);
        int part = Math.min(length, bytes.length - at);
        System.arraycopy(from, offset, bytes, at, part);
        System.arraycopy(from, offset + part, bytes, 0, length - part);
        size += length;
    }

    private byte[] copyOut(int length) {
        byte[] taken = new byte[length];
        unroll(taken, length);
        firstByte = index(firstByte + length, bytes.length);
        size -= length;
        return taken;
    }

    private void unroll(byte[] into, int length) {
        int part = Math.min(length, bytes.length - firstByte);
        System.arraycopy(bytes, firstByte, into, 0, part);
        System.arraycopy(bytes, 0, into, part, length - part);
    }

    private void addRun(char run) {
        if (runCount == runs.length) {
            char[] grown = Arrays.copyOfRange(runs, firstRun, firstRun + runs.length * 2);
            System.arraycopy(runs, 0, grown, runs.length - firstRun, firstRun);
            runs = grown;
            firstRun = 0;
        }
        runs[index(firstRun + runCount, runs.length)] = run;
        runCount++;
    }

    /** The place in a ring whose length is a power of two. */
    private static int index(int position, int length) {
        return position & (length - 1);
    }
}
