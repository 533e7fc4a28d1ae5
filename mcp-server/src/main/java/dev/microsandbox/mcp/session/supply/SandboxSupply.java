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

/** Where the sandboxes of all sessions come from, within the totals. Thread-safe. */
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
     * A new sandbox: one that is ready, or one that starts now.
     *
     * @throws SessionException if there is no room
     */
    public ManagedSandbox fresh(SandboxConfig config) throws InterruptedException {
        Optional<ManagedSandbox> ready = pool.take(config);
        return ready.isPresent() ? ready.get() : start(config, reserve(config));
    }

    /**
     * A sandbox that goes on from a checkpoint.
     *
     * @param room for it; this method's from now on
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
        // More of the kind are to be expected, this session's next one for instance.
        return new ManagedSandbox(() -> factory.start(config), room, () -> factory.prepare(config));
    }

    /**
     * Room for a sandbox, at the cost of ready ones where there is no other.
     *
     * @throws SessionException if there is none
     */
    public Capacity.Reservation reserve(SandboxConfig config) throws InterruptedException {
        while (true) {
            Optional<Capacity.Reservation> room = capacity.tryReserve(config);
            if (room.isPresent()) {
                return room.get();
            }
            if (!pool.giveUpOne()) {
                throw capacity.full(config);
            }
        }
    }

    /** Looks after what is kept ready. */
    public void tend() {
        pool.tend();
    }

    /** How many sandboxes run or start, the ready ones too. */
    public int sandboxes() {
        return capacity.sandboxes();
    }

    /** Closes what is kept ready. */
    public void close() {
        pool.close();
    }
}
