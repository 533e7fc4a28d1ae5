package dev.microsandbox.mcp.session.supply;

import dev.microsandbox.vmm.SandboxConfig;
import java.util.Optional;

/** The totals of a server that runs all of its sandboxes in this process. Thread-safe. */
public final class OwnCapacity implements Capacity {

    private static final ReadyPool NO_POOL =
            new ReadyPool() {
                @Override
                public Use use() {
                    return new Use(0, 0);
                }

                @Override
                public boolean evictOne() {
                    return false;
                }
            };

    private final int cpus;
    private final long memoryBytes;
    private volatile ReadyPool pool = NO_POOL;
    private int cpusInUse;
    private long memoryInUse;
    private int sandboxes;

    public OwnCapacity(int cpus, long memoryBytes) {
        this.cpus = cpus;
        this.memoryBytes = memoryBytes;
    }

    @Override
    public void makeRoomFrom(ReadyPool ready) {
        pool = ready;
    }

    @Override
    public Reservation reserve(SandboxConfig config) throws InterruptedException {
        while (true) {
            Optional<Reservation> room = reserveReady(config);
            if (room.isPresent()) {
                return room.get();
            }
            // Who would find no room even so must not empty the pool, which others use.
            if (!hasRoomWithout(pool.use(), config) || !pool.evictOne()) {
                throw use().full(config);
            }
        }
    }

    /** Reserves nothing and returns empty if a total would be exceeded. */
    @Override
    public synchronized Optional<Reservation> reserveReady(SandboxConfig config) {
        if (cpusInUse + config.cpus() > cpus || memoryInUse + config.memoryBytes() > memoryBytes) {
            return Optional.empty();
        }
        cpusInUse += config.cpus();
        memoryInUse += config.memoryBytes();
        sandboxes++;
        return Optional.of(new Reservation(() -> {}, () -> release(config)));
    }

    private synchronized CapacityUse use() {
        return new CapacityUse(sandboxes, cpusInUse, cpus, memoryInUse, memoryBytes);
    }

    /** Whether there would be room for a sandbox if the warm pool closed all it has. */
    private synchronized boolean hasRoomWithout(ReadyPool.Use ready, SandboxConfig config) {
        return cpusInUse - ready.cpus() + config.cpus() <= cpus
                && memoryInUse - ready.memoryBytes() + config.memoryBytes() <= memoryBytes;
    }

    private synchronized void release(SandboxConfig config) {
        cpusInUse -= config.cpus();
        memoryInUse -= config.memoryBytes();
        sandboxes--;
    }

    @Override
    public synchronized int sandboxes() {
        return sandboxes;
    }
}
