package dev.microsandbox.mcp.memory;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A quantity that namespaces and their keys share, such as bytes or connections.
 *
 * <p>What a key may hold depends on what is free: never more than it leaves free, and all keys of a
 * namespace together never more than twice that. A single key can therefore hold half of the
 * quantity, a single namespace two thirds, and whoever comes later still finds some of it.
 *
 * <p>Thread-safe.
 */
public final class FairShares {

    private static final int NAMESPACE_WEIGHT = 2;

    private final long capacity;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition released = lock.newCondition();

    /** Guarded by {@link #lock}, like all fields below. Owners that hold nothing are not in it. */
    private final Map<Owner, Long> byOwner = new HashMap<>();

    private final Map<String, Long> byNamespace = new HashMap<>();
    private long used;

    /** Whether an amount was taken, or which limit was in the way. */
    public enum Verdict {
        TAKEN,
        KEY_HAS_ITS_SHARE,
        NAMESPACE_HAS_ITS_SHARE,
        ALL_IS_TAKEN
    }

    public FairShares(long capacity) {
        this.capacity = capacity;
    }

    /** Takes an amount for an owner if its share allows that now. */
    public Verdict tryTake(Owner owner, long amount) {
        lock.lock();
        try {
            Verdict verdict = judge(owner, amount);
            if (verdict == Verdict.TAKEN) {
                add(owner, amount);
            }
            return verdict;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Replaces what an owner holds by another amount. Waits until its share allows that. What was
     * held is free while it waits, so that those who wait do not wait for one another.
     *
     * @param nanos how long to wait
     * @return {@link Verdict#TAKEN}; else the owner holds nothing any more
     */
    Verdict exchange(Owner owner, long held, long wanted, long nanos) throws InterruptedException {
        long left = nanos;
        lock.lock();
        try {
            add(owner, -held);
            Verdict verdict = judge(owner, wanted);
            while (verdict != Verdict.TAKEN && left > 0) {
                left = released.awaitNanos(left);
                verdict = judge(owner, wanted);
            }
            if (verdict == Verdict.TAKEN) {
                add(owner, wanted);
            }
            return verdict;
        } finally {
            lock.unlock();
        }
    }

    /** Counts an amount that the owner holds already, whatever its share is. */
    void count(Owner owner, long amount) {
        lock.lock();
        try {
            add(owner, amount);
        } finally {
            lock.unlock();
        }
    }

    /** Gives back an amount that was taken or counted for an owner. */
    public void release(Owner owner, long amount) {
        count(owner, -amount);
    }

    /** The most that an owner can hold when nobody else holds anything. */
    long most() {
        return capacity / 2;
    }

    /** What an owner holds. */
    public long heldBy(Owner owner) {
        lock.lock();
        try {
            return byOwner.getOrDefault(owner, 0L);
        } finally {
            lock.unlock();
        }
    }

    /** What all owners together hold. */
    public long used() {
        lock.lock();
        try {
            return used;
        } finally {
            lock.unlock();
        }
    }

    private Verdict judge(Owner owner, long amount) {
        long key = byOwner.getOrDefault(owner, 0L) + amount;
        long namespace = byNamespace.getOrDefault(owner.namespace(), 0L) + amount;
        long free = capacity - used - amount;
        if (free < 0 || (key == amount && namespace == amount && amount > free)) {
            return Verdict.ALL_IS_TAKEN;
        }
        if (key > free) {
            return Verdict.KEY_HAS_ITS_SHARE;
        }
        return namespace > NAMESPACE_WEIGHT * free
                ? Verdict.NAMESPACE_HAS_ITS_SHARE
                : Verdict.TAKEN;
    }

    private void add(Owner owner, long amount) {
        used += amount;
        add(byOwner, owner, amount);
        add(byNamespace, owner.namespace(), amount);
        if (amount < 0) {
            released.signalAll();
        }
    }

    private static <K> void add(Map<K, Long> amounts, K key, long amount) {
        long sum = amounts.getOrDefault(key, 0L) + amount;
        if (sum == 0) {
            amounts.remove(key);
        } else {
            amounts.put(key, sum);
        }
    }
}
