package dev.microsandbox.mcp.tools.files;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds a sequence of bytes in a file, in a time that depends on the size of the file alone. A
 * search that compares at every place takes hours for a megabyte of one repeated letter. This one
 * compares fingerprints (Rabin and Karp), whose base is random, so that whoever chooses both texts
 * cannot make them collide. It lets other threads run from time to time, and ends when its thread
 * is interrupted.
 */
final class ByteSearch {

    /** 2⁶¹ − 1, a prime. */
    private static final long PRIME = (1L << 61) - 1;

    /** How many bytes are searched between two chances for others. */
    private static final int STRIDE = 1 << 16;

    private final byte[] content;
    private final byte[] wanted;
    private final long base = ThreadLocalRandom.current().nextLong(1L << 32, PRIME);
    private final long fingerprint;

    /** What a byte contributes to a fingerprint that it is about to leave. */
    private final long[] leaving = new long[256];

    private int untilPause = STRIDE;

    /**
     * @param wanted at least one byte
     */
    ByteSearch(byte[] content, byte[] wanted) throws InterruptedException {
        this.content = content;
        this.wanted = wanted;
        long power = 1;
        for (int i = 0; i < wanted.length; i++) {
            power = times(power, base);
            pauseSometimes();
        }
        for (int value = 0; value < leaving.length; value++) {
            leaving[value] = times(value, power);
        }
        fingerprint = wanted.length <= content.length ? fingerprint(wanted, 0) : 0;
    }

    /** The first place at or after an offset; −1 if there is none. */
    int next(int from) throws InterruptedException {
        if (from > content.length - wanted.length) {
            return -1;
        }
        long window = fingerprint(content, from);
        for (int at = from; ; at++) {
            if (window == fingerprint && isAt(at)) {
                return at;
            }
            int end = at + wanted.length;
            if (end >= content.length) {
                return -1;
            }
            long longer = plus(times(window, base), content[end] & 0xFF);
            window = plus(longer, PRIME - leaving[content[at] & 0xFF]);
            pauseSometimes();
        }
    }

    private boolean isAt(int at) {
        return Arrays.equals(content, at, at + wanted.length, wanted, 0, wanted.length);
    }

    private long fingerprint(byte[] text, int from) throws InterruptedException {
        long sum = 0;
        for (int i = from; i < from + wanted.length; i++) {
            sum = plus(times(sum, base), text[i] & 0xFF);
            pauseSometimes();
        }
        return sum;
    }

    /** A virtual thread keeps its processor until it waits; all requests share the processors. */
    private void pauseSometimes() throws InterruptedException {
        if (--untilPause == 0) {
            untilPause = STRIDE;
            Thread.sleep(0);
        }
    }

    private static long plus(long a, long b) {
        long sum = a + b;
        return sum >= PRIME ? sum - PRIME : sum;
    }

    /** The product of two numbers below {@link #PRIME}, modulo it. */
    private static long times(long a, long b) {
        long low = a * b;
        long sum = (low & PRIME) + ((low >>> 61) | (Math.multiplyHigh(a, b) << 3));
        return sum >= PRIME ? sum - PRIME : sum;
    }
}
