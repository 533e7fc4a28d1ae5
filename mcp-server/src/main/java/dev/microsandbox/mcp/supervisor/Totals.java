package dev.microsandbox.mcp.supervisor;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The CPUs and memory of a server, and the places of its pool, out of which the front grants each
 * worker what it asks for. A worker's own memory counts too. Workers are believed neither numbers
 * nor manners: whatever one says, it can at most hold what is free. Thread-safe.
 */
public final class Totals {

    /** How long a session waits for the sandboxes of pools to give their room back. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final long NANOS_OF_MILLI = 1_000_000;

    private final int cpus;
    private final long memoryBytes;
    private final int poolMax;
    private final Duration patience;

    /** Guarded by this, like all fields below and those of {@link Holdings}. */
    private final Set<Holdings> holders = new LinkedHashSet<>();

    private long cpusInUse;
    private long memoryInUse;
    private long readyCpus;
    private long readyMemory;
    private int sandboxes;

    /**
     * @param poolMax how many sandboxes may be kept ready; 0 for none. Each worker may keep one
     *     even where there are more workers
     */
    public Totals(int cpus, long memoryBytes, int poolMax) {
        this(cpus, memoryBytes, poolMax, PATIENCE);
    }

    Totals(int cpus, long memoryBytes, int poolMax, Duration patience) {
        this.cpus = cpus;
        this.memoryBytes = memoryBytes;
        this.poolMax = poolMax;
        this.patience = patience;
    }

    /** What is in use of the totals. */
    public record Use(
            long sandboxes, long cpusInUse, long cpus, long memoryInUse, long memoryBytes) {}

    private record Grant(int cpus, long memoryBytes, boolean ready) {}

    /** What one worker holds. */
    public final class Holdings implements AutoCloseable {

        private final long ownMemory;
        private final Runnable evict;
        private final Map<Integer, Grant> grants = new HashMap<>();
        private int ready;

        /** How many ready sandboxes the worker has been asked to close. */
        private int evicting;

        private boolean closed;

        private Holdings(long ownMemory, Runnable evict) {
            this.ownMemory = ownMemory;
            this.evict = evict;
        }

        /**
         * Grants the resources of a session's sandbox. Where there is no room, asks workers to
         * close ready sandboxes, and waits for that.
         *
         * @param id names the grant
         * @return false if there is no room
         */
        public boolean reserve(int id, int wantedCpus, long wantedBytes)
                throws InterruptedException {
            return isSane(wantedCpus, wantedBytes)
                    && Totals.this.reserve(this, id, new Grant(wantedCpus, wantedBytes, false));
        }

        /** Grants the resources of a ready sandbox if there is room, and a place in the pool. */
        public boolean reserveReady(int id, int wantedCpus, long wantedBytes) {
            return isSane(wantedCpus, wantedBytes)
                    && Totals.this.reserveReady(this, id, new Grant(wantedCpus, wantedBytes, true));
        }

        /** A ready sandbox belongs to a session from now on. Ignores unknown grants. */
        public void taken(int id) {
            Totals.this.taken(this, id);
        }

        /** Takes a grant back. Ignores unknown grants. */
        public void release(int id) {
            Totals.this.release(this, id);
        }

        /** Takes everything back, because the worker has ended. Idempotent. */
        @Override
        public void close() {
            Totals.this.close(this);
        }
    }

    /** The least that a sandbox takes, so that nobody holds any number of grants. */
    private static boolean isSane(int wantedCpus, long wantedBytes) {
        return wantedCpus >= 1 && wantedBytes >= 1 << 20;
    }

    /**
     * Lets a worker begin, whose own memory counts from now on.
     *
     * @param evict asks the worker to close a ready sandbox; must not wait for it
     * @return empty if there is no room
     */
    public Optional<Holdings> open(long ownMemory, Runnable evict) throws InterruptedException {
        Holdings holdings = new Holdings(ownMemory, evict);
        synchronized (this) {
            if (!awaitRoom(holdings, 0, ownMemory)) {
                return Optional.empty();
            }
            memoryInUse += ownMemory;
            holders.add(holdings);
            return Optional.of(holdings);
        }
    }

    private synchronized boolean reserve(Holdings to, int id, Grant grant)
            throws InterruptedException {
        if (!awaitRoom(to, grant.cpus(), grant.memoryBytes())) {
            return false;
        }
        return add(to, id, grant);
    }

    /** Waits for room that ready sandboxes can make. The caller holds the lock. */
    private boolean awaitRoom(Holdings to, int wantedCpus, long wantedBytes)
            throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        while (!fits(wantedCpus, wantedBytes)) {
            // Who would find no room even so must not empty the pools, which others use.
            boolean possible =
                    wantedCpus <= cpus - (cpusInUse - readyCpus)
                            && wantedBytes <= memoryBytes - (memoryInUse - readyMemory);
            long left = end - System.nanoTime();
            if (!possible || left <= 0 || to.closed) {
                return false;
            }
            evictOne(to);
            wait(left / NANOS_OF_MILLI + 1);
        }
        return !to.closed;
    }

    private boolean fits(int wantedCpus, long wantedBytes) {
        return wantedCpus <= cpus - cpusInUse && wantedBytes <= memoryBytes - memoryInUse;
    }

    /** Asks the worker that wants room, or else the one that has most, to close a ready sandbox. */
    private void evictOne(Holdings wanting) {
        Holdings victim = isEvictable(wanting, 1) ? wanting : richest(1);
        if (victim != null) {
            victim.evicting++;
            victim.evict.run();
        }
    }

    private static boolean isEvictable(Holdings one, int least) {
        return one.ready - one.evicting >= least;
    }

    private @Nullable Holdings richest(int least) {
        return holders.stream()
                .filter(one -> isEvictable(one, least))
                .max(Comparator.comparingInt(one -> one.ready - one.evicting))
                .orElse(null);
    }

    private synchronized boolean reserveReady(Holdings to, int id, Grant grant) {
        if (poolMax == 0 || to.closed) {
            return false;
        }
        int ready = holders.stream().mapToInt(one -> one.ready).sum();
        if (ready < Math.max(poolMax, holders.size()) && fits(grant.cpus(), grant.memoryBytes())) {
            return add(to, id, grant);
        }
        if (to.ready == 0) {
            // The worker asks again, and by then another has given up one of several.
            Holdings rich = richest(2);
            if (rich != null) {
                rich.evicting++;
                rich.evict.run();
            }
        }
        return false;
    }

    private boolean add(Holdings to, int id, Grant grant) {
        if (to.closed || to.grants.putIfAbsent(id, grant) != null) {
            return false;
        }
        count(to, grant, 1);
        return true;
    }

    private void count(Holdings of, Grant grant, int sign) {
        cpusInUse += (long) sign * grant.cpus();
        memoryInUse += sign * grant.memoryBytes();
        sandboxes += sign;
        if (grant.ready()) {
            countReady(of, grant, sign);
        }
        notifyAll();
    }

    private void countReady(Holdings of, Grant grant, int sign) {
        of.ready += sign;
        readyCpus += (long) sign * grant.cpus();
        readyMemory += sign * grant.memoryBytes();
        if (sign < 0 && of.evicting > 0) {
            of.evicting--;
        }
    }

    private synchronized void taken(Holdings of, int id) {
        Grant grant = of.grants.get(id);
        if (grant != null && grant.ready()) {
            of.grants.put(id, new Grant(grant.cpus(), grant.memoryBytes(), false));
            countReady(of, grant, -1);
            notifyAll();
        }
    }

    private synchronized void release(Holdings of, int id) {
        Grant grant = of.grants.remove(id);
        if (grant != null) {
            count(of, grant, -1);
        }
    }

    private synchronized void close(Holdings of) {
        if (of.closed) {
            return;
        }
        of.closed = true;
        if (holders.remove(of)) {
            memoryInUse -= of.ownMemory;
        }
        of.grants.values().forEach(grant -> count(of, grant, -1));
        of.grants.clear();
        notifyAll();
    }

    /** What is in use now. */
    public synchronized Use use() {
        return new Use(sandboxes, cpusInUse, cpus, memoryInUse, memoryBytes);
    }
}
