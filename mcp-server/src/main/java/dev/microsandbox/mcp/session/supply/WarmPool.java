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
 * Sandboxes that run before a session asks for them. How many follows the demand: a session that
 * finds none ready doubles the number of its kind, quiet time halves it. They have their share of
 * the totals, and lose it to any session that needs the room. Thread-safe.
 */
final class WarmPool {

    /** Quiet time after which fewer are kept. */
    static final Duration DECAY = Duration.ofMinutes(5);

    /** No filling for so long after a start failed or room was made for a session. */
    static final Duration PAUSE = Duration.ofSeconds(30);

    /** How long a session waits for one that still starts to let go. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final PoolLimits limits;
    private final Capacity capacity;
    private final BiFunction<SandboxConfig, Capacity.Reservation, ManagedSandbox> starter;
    private final LongSupplier clock;
    private final Map<SandboxConfig, Kind> kinds = new LinkedHashMap<>();
    private long fillFrom;
    private boolean closed;

    /** Those of one configuration. */
    private static final class Kind {
        final int least;
        final List<ManagedSandbox> ready = new ArrayList<>();
        int target;
        long quietSince;

        Kind(int least, long now) {
            this.least = least;
            target = least;
            quietSince = now;
        }
    }

    /**
     * A pool that is empty until {@link #tend} is called.
     *
     * @param starter starts a sandbox with the share of the totals that it is given
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
            kinds.put(limits.config(), new Kind(limits.size(), now));
        }
    }

    /** Hands a sandbox over for good: one that runs, else one that is on its way. */
    synchronized Optional<ManagedSandbox> take(SandboxConfig config) {
        if (limits.size() == 0 || closed) {
            return Optional.empty();
        }
        long now = clock.getAsLong();
        Kind kind = kinds.computeIfAbsent(config, c -> new Kind(0, now));
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
            fill(now); // else not at once: another start would slow the one that is waited for
        }
        return Optional.of(taken);
    }

    private static @Nullable ManagedSandbox first(Kind kind, boolean running) {
        for (ManagedSandbox start : kind.ready) {
            if (start.isRunning() == running) {
                return start;
            }
        }
        return null;
    }

    /** Replaces the dead, follows the demand and starts what is missing. To be called often. */
    void tend() {
        List<ManagedSandbox> surplus = new ArrayList<>();
        synchronized (this) {
            long now = clock.getAsLong();
            for (Iterator<Kind> each = kinds.values().iterator(); each.hasNext(); ) {
                Kind kind = each.next();
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
        surplus.forEach(start -> start.close("was not needed"));
    }

    private void dropDead(Kind kind, long now) {
        for (Iterator<ManagedSandbox> each = kind.ready.iterator(); each.hasNext(); ) {
            ManagedSandbox start = each.next();
            if (start.isDead()) {
                each.remove();
                start.close("ended unexpectedly");
                if (start.hasFailed()) {
                    fillFrom = now + PAUSE.toNanos();
                }
            }
        }
    }

    private void fill(long now) {
        if (closed || now - fillFrom < 0) {
            return;
        }
        for (Map.Entry<SandboxConfig, Kind> entry : kinds.entrySet()) {
            Kind kind = entry.getValue();
            while (kind.ready.size() < kind.target && size() < limits.max()) {
                Optional<Capacity.Reservation> room = capacity.tryReserve(entry.getKey());
                if (room.isEmpty()) {
                    break;
                }
                kind.ready.add(starter.apply(entry.getKey(), room.get()));
            }
        }
    }

    /** How many there are, ready or on their way. */
    synchronized int size() {
        return kinds.values().stream().mapToInt(kind -> kind.ready.size()).sum();
    }

    /**
     * Closes one to make room, rather one that runs, whose room is there at once, and waits until
     * it is.
     *
     * @return false if there is none
     */
    boolean giveUpOne() throws InterruptedException {
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
        boolean _ = one.awaitOver(PATIENCE);
        return true;
    }

    private @Nullable ManagedSandbox anyOf(boolean running) {
        for (Kind kind : kinds.values()) {
            ManagedSandbox start = first(kind, running);
            if (start != null) {
                kind.ready.remove(start);
                return start;
            }
        }
        return null;
    }

    /** Closes them all, and waits until they are; there will be no more. */
    void close() {
        List<ManagedSandbox> all = new ArrayList<>();
        synchronized (this) {
            closed = true;
            kinds.values().forEach(kind -> all.addAll(kind.ready));
            kinds.clear();
        }
        all.forEach(start -> start.close("was closed because the server stops"));
        try {
            for (ManagedSandbox start : all) {
                boolean _ = start.awaitOver(PATIENCE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
