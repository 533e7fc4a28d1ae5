package dev.microsandbox.mcp.tools.image;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets one image at a time be reduced in the whole server: however many guests produce images of
 * the maximum size at once, together they use the memory and the processor of one reduction. The
 * next turn goes to the namespace whose last one is the longest ago, and within a namespace to
 * whoever came first. So a namespace waits for at most one image of each other. Thread-safe.
 */
final class ImageTurns {

    private final ReentrantLock lock = new ReentrantLock();

    /** Guarded by {@link #lock}. Who waits, by namespace; no queue is empty. */
    private final Map<String, Deque<Waiter>> waiting = new HashMap<>();

    /** Guarded by {@link #lock}. The number of each namespace's last turn. */
    private final Map<String, Long> lastTurn = new HashMap<>();

    /** Guarded by {@link #lock}. */
    private long turns;

    /** Guarded by {@link #lock}. */
    private boolean taken;

    private static final class Waiter {
        final Condition called;
        boolean hasTurn;

        Waiter(Condition called) {
            this.called = called;
        }
    }

    /**
     * Waits for a turn.
     *
     * @param nanos how long to wait, in nanoseconds
     * @return false if that was not long enough
     */
    boolean take(String namespace, long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            if (!taken) {
                begin(namespace);
                return true;
            }
            Waiter waiter = new Waiter(lock.newCondition());
            waiting.computeIfAbsent(namespace, _ -> new ArrayDeque<>()).add(waiter);
            boolean keeps = false;
            try {
                long left = nanos;
                while (!waiter.hasTurn && left > 0) {
                    left = waiter.called.awaitNanos(left);
                }
                keeps = waiter.hasTurn;
                return keeps;
            } finally {
                if (!keeps) {
                    giveUp(namespace, waiter);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void giveUp(String namespace, Waiter waiter) {
        if (waiter.hasTurn) {
            callNext(); // it was called and interrupted at the same time
            return;
        }
        Deque<Waiter> queue = waiting.get(namespace);
        if (queue != null) {
            queue.remove(waiter);
            if (queue.isEmpty()) {
                waiting.remove(namespace);
            }
        }
    }

    private void begin(String namespace) {
        taken = true;
        lastTurn.put(namespace, ++turns);
    }

    /** Ends a turn. */
    void release() {
        lock.lock();
        try {
            callNext();
        } finally {
            lock.unlock();
        }
    }

    private void callNext() {
        taken = false;
        Optional<Map.Entry<String, Deque<Waiter>>> next =
                waiting.entrySet().stream()
                        .min(
                                Comparator.comparingLong(
                                        queue -> lastTurn.getOrDefault(queue.getKey(), 0L)));
        if (next.isEmpty()) {
            lastTurn.clear(); // nobody waits, so nobody has waited longer
            return;
        }
        String namespace = next.get().getKey();
        Deque<Waiter> queue = next.get().getValue();
        Waiter waiter = queue.remove();
        if (queue.isEmpty()) {
            waiting.remove(namespace);
        }
        begin(namespace);
        waiter.hasTurn = true;
        waiter.called.signal();
    }

    /** How many wait. */
    int waiting() {
        lock.lock();
        try {
            return waiting.values().stream().mapToInt(Deque::size).sum();
        } finally {
            lock.unlock();
        }
    }
}
