package dev.microsandbox.mcp.session.supply;

import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.SandboxConfig;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The CPUs and memory that all sandboxes share. Thread-safe. */
public final class Capacity {

    private final int cpus;
    private final long memoryBytes;
    private int cpusInUse;
    private long memoryInUse;
    private int sandboxes;

    public Capacity(int cpus, long memoryBytes) {
        this.cpus = cpus;
        this.memoryBytes = memoryBytes;
    }

    /**
     * Reserves the resources of a sandbox. Reserves nothing and returns empty if a total would be
     * exceeded.
     */
    public synchronized Optional<Reservation> tryReserve(SandboxConfig config) {
        if (cpusInUse + config.cpus() > cpus || memoryInUse + config.memoryBytes() > memoryBytes) {
            return Optional.empty();
        }
        cpusInUse += config.cpus();
        memoryInUse += config.memoryBytes();
        sandboxes++;
        return Optional.of(new Reservation(config));
    }

    /** The error for a session for whose sandbox there is no room. */
    synchronized SessionException full(SandboxConfig config) {
        return new SessionException(
                """
                The server is full: %d sandboxes use %d of %d CPUs and %s of %s, and this \
                session needs %d more CPUs and %s. Try again in a minute: sandboxes are freed \
                when their sessions end or idle. The server's operator can raise \
                MICROSANDBOX_CPU_LIMIT and MICROSANDBOX_MEMORY_LIMIT.\
                """
                        .formatted(
                                sandboxes,
                                cpusInUse,
                                cpus,
                                ByteSize.inWords(memoryInUse),
                                ByteSize.inWords(memoryBytes),
                                config.cpus(),
                                ByteSize.inWords(config.memoryBytes())));
    }

    /** Whether there would be room for a sandbox if the warm pool closed all it has. */
    synchronized boolean hasRoomWithout(PoolUse pool, SandboxConfig config) {
        return cpusInUse - pool.cpus() + config.cpus() <= cpus
                && memoryInUse - pool.memoryBytes() + config.memoryBytes() <= memoryBytes;
    }

    /** The resources of the sandboxes in the warm pool. */
    record PoolUse(int cpus, long memoryBytes) {}

    private synchronized void release(SandboxConfig config) {
        cpusInUse -= config.cpus();
        memoryInUse -= config.memoryBytes();
        sandboxes--;
    }

    synchronized int sandboxes() {
        return sandboxes;
    }

    /**
     * The resources that are reserved for one sandbox, and what it takes of a namespace's quota if
     * it belongs to one. Thread-safe.
     */
    public final class Reservation {

        private final SandboxConfig config;
        private Account.@Nullable Share share;
        private boolean released;

        private Reservation(SandboxConfig config) {
            this.config = config;
        }

        /**
         * Lets the sandbox belong to a namespace. This takes ownership of the share, and releases
         * it at once if the resources are released already.
         */
        synchronized void chargeTo(Account.Share owner) {
            if (released) {
                owner.release();
            } else {
                share = owner;
            }
        }

        /** Releases the resources. Idempotent. */
        public synchronized void release() {
            if (!released) {
                released = true;
                Capacity.this.release(config);
                if (share != null) {
                    share.release();
                }
            }
        }
    }
}
