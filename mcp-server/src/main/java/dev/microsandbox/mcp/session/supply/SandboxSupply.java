package dev.microsandbox.mcp.session.supply;

import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Supplies the sandboxes of all sessions within the server's totals. Thread-safe. */
public final class SandboxSupply {

    private final SandboxFactory factory;
    private final Capacity capacity;
    private final WarmPool pool;

    public SandboxSupply(
            SandboxFactory factory, Capacity capacity, PoolLimits limits, LongSupplier clock) {
        this.factory = factory;
        this.capacity = capacity;
        pool = new WarmPool(limits, capacity, this::start, clock);
    }

    /**
     * Supplies a new sandbox: a ready one from the pool, or one that starts now.
     *
     * @throws SessionException if there is no room
     */
    public ManagedSandbox fresh(SandboxConfig config) throws InterruptedException {
        Optional<ManagedSandbox> ready = pool.take(config);
        return ready.isPresent() ? ready.get() : start(config, reserve(config));
    }

    /**
     * Supplies a sandbox that resumes from a checkpoint.
     *
     * @param room the sandbox's resources; this method takes ownership
     */
    public ManagedSandbox resumed(
            Path checkpoint, SandboxConfig config, Capacity.Reservation room) {
        return new ManagedSandbox(() -> factory.resume(checkpoint, config), room, () -> {});
    }

    /** As {@link SandboxFactory#bytesOnDisk}. */
    public long bytesOnDisk(Collection<Path> checkpoints) throws IOException {
        return factory.bytesOnDisk(checkpoints);
    }

    private ManagedSandbox start(SandboxConfig config, Capacity.Reservation room) {
        // Expect more requests for this configuration, for instance this session's next one.
        return new ManagedSandbox(() -> factory.start(config), room, () -> factory.prepare(config));
    }

    /**
     * Reserves room for a sandbox. If there is none left, closes ready sandboxes to make room.
     *
     * @throws SessionException if there is no room
     */
    public Capacity.Reservation reserve(SandboxConfig config) throws InterruptedException {
        while (true) {
            Optional<Capacity.Reservation> room = capacity.tryReserve(config);
            if (room.isPresent()) {
                return room.get();
            }
            if (!pool.evictOne()) {
                throw capacity.full(config);
            }
        }
    }

    /** Maintains the warm pool. */
    public void maintain() {
        pool.maintain();
    }

    /** The number of sandboxes that run or start, including those of the warm pool. */
    public int sandboxes() {
        return capacity.sandboxes();
    }

    /** Closes the warm pool. */
    public void close() {
        pool.close();
    }
}
