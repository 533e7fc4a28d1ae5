package dev.microsandbox.vmm.agent.stream;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The memory that the large records of all machines of this process share. An owner has at most one
 * place in it, so a machine whose agent begins many records and finishes none holds one. A record
 * that takes long loses its place when others wait for one. Thread-safe.
 */
public final class RecordMemory {

    /** The memory of this process: a quarter of its heap. */
    public static final RecordMemory OF_PROCESS =
            new RecordMemory(
                    Runtime.getRuntime().maxMemory() / 4,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(5));

    /** A record is held while its bytes arrive, and again while a value is made of it. */
    private static final int COPIES = 2;

    private static final int FIRST_BYTES = 256 * 1024;

    private final long capacity;
    private final long patience;
    private final long secureFor;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();

    /** Guarded by {@link #lock}. */
    private final List<Place> places = new ArrayList<>();

    /**
     * @param capacity in bytes
     * @param patience how long a record waits for a place
     * @param secureFor how long an unfinished record keeps its place while others wait
     */
    public RecordMemory(long capacity, Duration patience, Duration secureFor) {
        this.capacity = capacity;
        this.patience = patience.toNanos();
        this.secureFor = secureFor.toNanos();
    }

    /**
     * Waits for a place for a record.
     *
     * @param owner who may have one place at a time
     * @param size of the record, in bytes
     * @return null if the record is too large, or no place became free in time
     */
    public @Nullable Place take(Object owner, int size) throws InterruptedException {
        if ((long) size * COPIES > capacity) {
            return null;
        }
        long deadline = System.nanoTime() + patience;
        lock.lockInterruptibly();
        try {
            while (!isRoom(owner, size)) {
                long now = System.nanoTime();
                if (now >= deadline) {
                    return null;
                }
                if (!withdrawOldest(now)) {
                    long wait = Math.min(deadline - now, untilNextIsOld(now));
                    boolean _ = freed.await(wait, TimeUnit.NANOSECONDS);
                }
            }
            Place place = new Place(owner, size);
            places.add(place);
            return place;
        } finally {
            lock.unlock();
        }
    }

    /** How many bytes of the memory are taken. */
    public long taken() {
        lock.lock();
        try {
            return takenNow();
        } finally {
            lock.unlock();
        }
    }

    private long takenNow() {
        return places.stream().mapToLong(place -> (long) place.size * COPIES).sum();
    }

    private boolean isRoom(Object owner, int size) {
        return takenNow() + (long) size * COPIES <= capacity
                && places.stream().noneMatch(place -> place.owner.equals(owner));
    }

    /** Places are in the order of their age. */
    private boolean withdrawOldest(long now) {
        for (Place place : places) {
            if (!place.complete && now - place.since >= secureFor) {
                place.bytes = null;
                places.remove(place);
                freed.signalAll();
                return true;
            }
        }
        return false;
    }

    private long untilNextIsOld(long now) {
        return places.stream()
                .filter(place -> !place.complete)
                .mapToLong(place -> place.since + secureFor - now)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** The place of one record, and its bytes so far. */
    public final class Place implements AutoCloseable {

        private final Object owner;
        private final int size;
        private final long since = System.nanoTime();

        // Guarded by the memory's lock.
        private byte @Nullable [] bytes;
        private int filled;
        private boolean complete;

        private Place(Object owner, int size) {
            this.owner = owner;
            this.size = size;
            this.bytes = new byte[Math.min(size, FIRST_BYTES)];
        }

        /**
         * Appends bytes; no more than the record has.
         *
         * @return false if the record has lost its place
         */
        public boolean append(byte[] from, int offset, int length) {
            lock.lock();
            try {
                byte[] held = bytes;
                if (held == null) {
                    return false;
                }
                if (filled + length > held.length) {
                    // Grows with the bytes that have arrived, not with the announced size.
                    int larger = (int) Math.min((long) held.length * 2, size);
                    held = Arrays.copyOf(held, Math.max(larger, filled + length));
                    bytes = held;
                }
                System.arraycopy(from, offset, held, filled, length);
                filled += length;
                complete = filled == size;
                return true;
            } finally {
                lock.unlock();
            }
        }

        /**
         * The complete record, valid until this is closed.
         *
         * @throws IllegalStateException if bytes are missing
         */
        public byte[] bytes() {
            lock.lock();
            try {
                byte[] held = bytes;
                if (held == null || !complete) {
                    throw new IllegalStateException("the record is not complete");
                }
                return held;
            } finally {
                lock.unlock();
            }
        }

        /** Frees the place. Idempotent. */
        @Override
        public void close() {
            lock.lock();
            try {
                bytes = null;
                if (places.remove(this)) {
                    freed.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
