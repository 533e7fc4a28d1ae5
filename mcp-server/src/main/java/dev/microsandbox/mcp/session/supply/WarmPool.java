package dev.microsandbox.mcp.session.supply;

import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.vmm.SandboxConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
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
 * They count toward the server's totals, but are closed when a session needs the room. They belong
 * to no namespace until one takes them; no namespace gets the last ready one of a kind right after
 * another while others ask for that kind too, and have had none since. Thread-safe.
 */
final class WarmPool implements ReadyPool {

    /** Quiet time after which the target is halved. */
    static final Duration DECAY = Duration.ofMinutes(5);

    /**
     * How long the pool does not refill after a failed start, or after it made room for a session.
     */
    static final Duration PAUSE = Duration.ofSeconds(30);

    /** How soon a namespace may not take the last ready sandbox again, if others may ask for it. */
    static final Duration FAIR = Duration.ofSeconds(10);

    /** How long a session waits for a sandbox that is still starting to release its resources. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final PoolLimits limits;
    private final Capacity capacity;
    private final BiFunction<SandboxConfig, Reservation, ManagedSandbox> starter;
    private final LongSupplier clock;
    private final Map<SandboxConfig, ReadySandboxes> kinds = new LinkedHashMap<>();
    private final List<SandboxConfig> evicting = new ArrayList<>();
    private long fillFrom;
    private boolean closed;

    /** The ready sandboxes of one configuration. Guarded by the pool's monitor. */
    private static final class ReadySandboxes {
        final int least;
        final List<ManagedSandbox> ready = new ArrayList<>();
        final Map<String, Long> askedAt = new HashMap<>();
        final Map<String, Long> tookAt = new HashMap<>();
        int target;
        long quietSince;

        ReadySandboxes(int least, long now) {
            this.least = least;
            target = least;
            quietSince = now;
        }

        /** Whether the last sandbox is left for other namespaces. */
        boolean isKeptFrom(String namespace, long now) {
            askedAt.values().removeIf(asked -> now - asked > DECAY.toNanos());
            tookAt.values().removeIf(took -> now - took > FAIR.toNanos());
            askedAt.put(namespace, now);
            Long took = tookAt.get(namespace);
            return ready.size() == 1
                    && took != null
                    && askedAt.keySet().stream()
                            .anyMatch(other -> tookAt.getOrDefault(other, took - 1) < took);
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
            BiFunction<SandboxConfig, Reservation, ManagedSandbox> starter,
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
     * none for this namespace.
     */
    synchronized Optional<ManagedSandbox> take(SandboxConfig config, String namespace) {
        if (limits.size() == 0 || closed) {
            return Optional.empty();
        }
        long now = clock.getAsLong();
        ReadySandboxes kind = kinds.computeIfAbsent(config, c -> new ReadySandboxes(0, now));
        kind.quietSince = now;
        dropDead(kind, now);
        boolean kept = kind.isKeptFrom(namespace, now);
        ManagedSandbox taken = kept ? null : first(kind, true);
        if (taken == null) {
            kind.target = Math.min(limits.max(), Math.max(1, 2 * kind.target));
            taken = kept ? null : first(kind, false);
        }
        if (taken == null) {
            return Optional.empty();
        }
        kind.ready.remove(taken);
        kind.tookAt.put(namespace, now);
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
            makeWayForOtherKinds().ifPresent(surplus::add);
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
        // One of each kind in turn, so that the demand for one kind does not take all places.
        boolean filled = true;
        while (filled) {
            filled = false;
            for (Map.Entry<SandboxConfig, ReadySandboxes> entry : kinds.entrySet()) {
                filled |= addOne(entry.getKey(), entry.getValue());
            }
        }
    }

    private boolean addOne(SandboxConfig config, ReadySandboxes kind) {
        if (kind.ready.size() >= kind.target || size() >= limits.max()) {
            return false;
        }
        Optional<Reservation> room = capacity.reserveReady(config);
        room.ifPresent(own -> kind.ready.add(starter.apply(config, own)));
        return room.isPresent();
    }

    /** If the pool is full and has none of a kind that is asked for, gives up one of another. */
    private Optional<ManagedSandbox> makeWayForOtherKinds() {
        boolean oneLacks =
                kinds.values().stream().anyMatch(kind -> kind.target > 0 && kind.ready.isEmpty());
        if (!oneLacks || size() < limits.max()) {
            return Optional.empty();
        }
        return kinds.values().stream()
                .filter(kind -> kind.ready.size() > 1)
                .max(Comparator.comparingInt(kind -> kind.ready.size()))
                .map(kind -> kind.ready.removeLast());
    }

    /** The number of sandboxes in the pool, running or starting. */
    synchronized int size() {
        return kinds.values().stream().mapToInt(kind -> kind.ready.size()).sum();
    }

    @Override
    public synchronized Use use() {
        List<SandboxConfig> all = new ArrayList<>(evicting);
        kinds.forEach((config, kind) -> kind.ready.forEach(_ -> all.add(config)));
        return new Use(
                all.stream().mapToInt(SandboxConfig::cpus).sum(),
                all.stream().mapToLong(SandboxConfig::memoryBytes).sum());
    }

    /** Prefers a running sandbox, because that releases its resources at once. */
    @Override
    public boolean evictOne() throws InterruptedException {
        Evicted one;
        synchronized (this) {
            one = anyOf(true);
            if (one == null) {
                one = anyOf(false);
            }
            if (one == null) {
                return false;
            }
            evicting.add(one.config());
            fillFrom = clock.getAsLong() + PAUSE.toNanos();
        }
        try {
            one.sandbox().close("made room for a session");
            boolean _ = one.sandbox().awaitReleased(PATIENCE);
        } finally {
            synchronized (this) {
                evicting.remove(one.config());
            }
        }
        return true;
    }

    private record Evicted(SandboxConfig config, ManagedSandbox sandbox) {}

    private @Nullable Evicted anyOf(boolean running) {
        for (Map.Entry<SandboxConfig, ReadySandboxes> kind : kinds.entrySet()) {
            ManagedSandbox sandbox = first(kind.getValue(), running);
            if (sandbox != null) {
                kind.getValue().ready.remove(sandbox);
                return new Evicted(kind.getKey(), sandbox);
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
