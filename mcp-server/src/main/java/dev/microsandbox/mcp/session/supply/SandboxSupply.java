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

/**
 * Supplies the sandboxes of one namespace's sessions, within its quota and within the server's
 * totals, which all namespaces share. Thread-safe.
 */
public final class SandboxSupply {

    private final SandboxFactory factory;
    private final Capacity capacity;
    private final WarmPool pool;
    private final Account account;

    /** Creates the supply of a server. No quota limits it; see {@link #of}. */
    public SandboxSupply(
            SandboxFactory factory, Capacity capacity, PoolLimits limits, LongSupplier clock) {
        this.factory = factory;
        this.capacity = capacity;
        account = Account.unlimited();
        pool =
                new WarmPool(
                        limits,
                        capacity,
                        // Expect more requests for this configuration, for instance this session's
                        // next one.
                        (config, room) ->
                                new ManagedSandbox(
                                        () -> factory.start(config),
                                        room,
                                        () -> factory.prepare(config)),
                        clock);
        capacity.makeRoomFrom(pool);
    }

    private SandboxSupply(SandboxSupply server, Account account) {
        factory = server.factory;
        capacity = server.capacity;
        pool = server.pool;
        this.account = account;
    }

    /** The supply of a namespace, from the same totals and the same pool. */
    public SandboxSupply of(Account namespace) {
        return new SandboxSupply(this, namespace);
    }

    /** What the namespace uses of its quota. */
    public Account account() {
        return account;
    }

    /**
     * Supplies a new sandbox: a ready one from the pool, or one that starts now.
     *
     * @throws SessionException if there is no room
     */
    public ManagedSandbox fresh(SandboxConfig config) throws InterruptedException {
        Account.Share share = account.take(config);
        boolean handedOn = false;
        try {
            Optional<ManagedSandbox> ready = pool.take(config, account.namespace());
            if (ready.isPresent()) {
                ready.get().chargeTo(share);
                handedOn = true;
                return ready.get();
            }
            Reservation room = capacity.reserve(config);
            room.chargeTo(share);
            handedOn = true;
            return new ManagedSandbox(
                    inTurn(() -> factory.start(config)), room, () -> factory.prepare(config));
        } finally {
            if (!handedOn) {
                share.release();
            }
        }
    }

    /**
     * Supplies a sandbox that resumes from a checkpoint.
     *
     * @param room the sandbox's resources; this method takes ownership
     */
    public ManagedSandbox resumed(Path checkpoint, SandboxConfig config, Reservation room) {
        return new ManagedSandbox(inTurn(() -> factory.resume(checkpoint, config)), room, () -> {});
    }

    /** Lets only so many sandboxes of the namespace start at once. */
    private ManagedSandbox.Maker inTurn(ManagedSandbox.Maker maker) {
        return () -> {
            account.beginStart();
            try {
                return maker.make();
            } finally {
                account.endStart();
            }
        };
    }

    /** As {@link SandboxFactory#bytesOnDisk}. */
    public long bytesOnDisk(Collection<Path> checkpoints) throws IOException {
        return factory.bytesOnDisk(checkpoints);
    }

    /**
     * Reserves room for a sandbox. If there is none left, closes ready sandboxes to make room.
     *
     * @throws SessionException if there is no room
     */
    public Reservation reserve(SandboxConfig config) throws InterruptedException {
        Account.Share share = account.take(config);
        boolean handedOn = false;
        try {
            Reservation room = capacity.reserve(config);
            room.chargeTo(share);
            handedOn = true;
            return room;
        } finally {
            if (!handedOn) {
                share.release();
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
