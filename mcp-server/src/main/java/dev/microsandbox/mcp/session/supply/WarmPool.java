package dev.microsandbox.mcp.session.supply;

import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.vmm.SandboxConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sandboxes that are started before a session asks for them. Their number follows the demand: a
 * session that finds none ready doubles the target for its configuration, and quiet time halves it.
 * They count toward the server's totals, but are closed when a session needs the room. Thread-safe.
 */
final class WarmPool {

    /** Quiet time after which the target is halved. */
    static final Duration DECAY = Duration.ofMinutes(5);

    /**
     * How long the pool does not refill after a failed start, or after it made room for a session.
     */
    static final Duration PAUSE = Duration.ofSeconds(30);

    /** How long a session waits for a sandbox that is still starting to release its resources. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final PoolLimits limits;
    private final Capacity capacity;
    private final BiFunction<SandboxConfig, Capacity.Reservation, ManagedSandbox> starter;
    private final LongSupplier clock;
    private final Map<SandboxConfig, ReadySandboxes> kinds = new LinkedHashMap<>();
    private long fillFrom;
    private boolean closed;

    /** The ready sandboxes of one configuration. Guarded by the pool's monitor. */
    private static final class ReadySandboxes {
        final int least;
        final List<ManagedSandbox> ready = new ArrayList<>();
        int target;
        long quietSince;

        ReadySandboxes(int least, long now) {
            this.least = least;
            target = least;
            quietSince = now;
        }
    }

    /**
     * Creates a pool, which stays empty until {@link #maintain} is called.
     *
     * @param starter starts a sandbox with the resources that are reserved for it
     * @param clock monotonic, in nanoseconds
     */
    WarmPool(
            PoolLimits limits,
            Capacity capacity,
            BiFunction<SandboxConfig, Capacity.Reservation, ManagedSandbox> starter,
            LongSupplier clock) {
        this.limits = limits;
        this.capacity = capacity;
        this.starter = starter;
        this.clock = clock;
        long now = clock.getAsLong();
        fillFrom = now;
        if (limits.size() > 0) {
            kinds.put(limits.config(), new ReadySandboxes(limits.size(), now));
        }
    }

    /**
     * Hands over a sandbox for good: one that runs, else one that is starting; empty if there is
     * none.
     */
    synchronized Optional<ManagedSandbox> take(SandboxConfig config) {
        if (limits.size() == 0 || closed) {
            return Optional.empty();
        }
        long now = clock.getAsLong();
        ReadySandboxes kind = kinds.computeIfAbsent(config, c -> new ReadySandboxes(0, now));
        kind.quietSince = now;
        dropDead(kind, now);
        ManagedSandbox taken = first(kind, true);
        if (taken == null) {
            kind.target = Math.min(limits.max(), Math.max(1, 2 * kind.target));
            taken = first(kind, false);
        }
        if (taken == null) {
            return Optional.empty();
        }
        kind.ready.remove(taken);
        if (taken.isRunning()) {
            fill(now); // if it is still starting, refill later: another start would slow it down
        }
        return Optional.of(taken);
    }

    private static @Nullable ManagedSandbox first(ReadySandboxes kind, boolean running) {
        for (ManagedSandbox sandbox : kind.ready) {
            if (sandbox.isRunning() == running) {
                return sandbox;
            }
        }
        return null;
    }

    /**
     * Replaces dead sandboxes, adjusts the targets to the demand and starts missing sandboxes. Must
     * be called often.
     */
    void maintain() {
        List<ManagedSandbox> surplus = new ArrayList<>();
        synchronized (this) {
            long now = clock.getAsLong();
            for (Iterator<ReadySandboxes> each = kinds.values().iterator(); each.hasNext(); ) {
                ReadySandboxes kind = each.next();
                dropDead(kind, now);
                if (now - kind.quietSince >= DECAY.toNanos()) {
                    kind.quietSince = now;
                    kind.target = Math.max(kind.least, kind.target / 2);
                    while (kind.ready.size() > kind.target) {
                        surplus.add(kind.ready.removeLast());
                    }
                }
                if (kind.target == 0 && kind.ready.isEmpty()) {
                    each.remove();
                }
            }
            fill(now);
        }
        surplus.forEach(sandbox -> sandbox.close("was not needed"));
    }

    private void dropDead(ReadySandboxes kind, long now) {
        for (Iterator<ManagedSandbox> each = kind.ready.iterator(); each.hasNext(); ) {
            ManagedSandbox sandbox = each.next();
            if (sandbox.isDead()) {
                each.remove();
                sandbox.close("ended unexpectedly");
                if (sandbox.hasFailed()) {
                    fillFrom = now + PAUSE.toNanos();
                }
            }
        }
    }

    private void fill(long now) {
        if (closed || now - fillFrom < 0) {
            return;
        }
        for (Map.Entry<SandboxConfig, ReadySandboxes> entry : kinds.entrySet()) {
            ReadySandboxes kind = entry.getValue();
            while (kind.ready.size() < kind.target && size() < limits.max()) {
                Optional<Capacity.Reservation> room = capacity.tryReserve(entry.getKey());
                if (room.isEmpty()) {
                    break;
                }
                kind.ready.add(starter.apply(entry.getKey(), room.get()));
            }
        }
    }

    /** The number of sandboxes in the pool, running or starting. */
    synchronized int size() {
        return kinds.values().stream().mapToInt(kind -> kind.ready.size()).sum();
    }

    /**
     * Closes one sandbox to make room and waits until its resources are released. Prefers a running
     * sandbox, because that releases its resources at once.
     *
     * @return false if the pool is empty
     */
    boolean evictOne() throws InterruptedException {
        ManagedSandbox one;
        synchronized (this) {
            one = anyOf(true);
            if (one == null) {
                one = anyOf(false);
            }
            if (one == null) {
                return false;
            }
            fillFrom = clock.getAsLong() + PAUSE.toNanos();
        }
        one.close("made room for a session");
        boolean _ = one.awaitReleased(PATIENCE);
        return true;
    }

    private @Nullable ManagedSandbox anyOf(boolean running) {
        for (ReadySandboxes kind : kinds.values()) {
            ManagedSandbox sandbox = first(kind, running);
            if (sandbox != null) {
                kind.ready.remove(sandbox);
                return sandbox;
            }
        }
        return null;
    }

    /** Closes all sandboxes and waits until they are closed. The pool starts no more. */
    void close() {
        List<ManagedSandbox> all = new ArrayList<>();
        synchronized (this) {
            closed = true;
            kinds.values().forEach(kind -> all.addAll(kind.ready));
            kinds.clear();
        }
        all.forEach(sandbox -> sandbox.close("was closed because the server stops"));
        try {
            for (ManagedSandbox sandbox : all) {
                boolean _ = sandbox.awaitReleased(PATIENCE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
