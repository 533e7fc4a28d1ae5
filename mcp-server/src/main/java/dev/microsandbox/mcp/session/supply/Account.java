package dev.microsandbox.mcp.session.supply;

import dev.microsandbox.mcp.session.limits.Denials;
import dev.microsandbox.mcp.session.limits.Quota;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.units.ByteSize;
import dev.microsandbox.vmm.SandboxConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * What the sandboxes of one namespace use of its quota. Sandboxes of the warm pool belong to no
 * namespace until a session takes them. Thread-safe.
 */
public final class Account {

    /**
     * How many sandboxes of one namespace start at once. More would only slow one another down, and
     * those of other namespaces with them.
     */
    public static final int STARTS = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());

    private final Supplier<Quota> quotas;
    private final Denials denials;
    private final Semaphore starts = new Semaphore(STARTS, true);
    private int sandboxes;
    private int cpus;
    private long memory;

    /**
     * @param quotas gives the limits in force, which may change
     */
    public Account(Supplier<Quota> quotas, Denials denials) {
        this.quotas = quotas;
        this.denials = denials;
    }

    /** An account that only the server's totals limit. */
    static Account unlimited() {
        return new Account(() -> Quota.NONE, new Denials("default", System::nanoTime));
    }

    String namespace() {
        return denials.namespace();
    }

    /**
     * Takes the resources of a sandbox from the quota.
     *
     * @throws SessionException if the quota does not allow it; nothing is taken then
     */
    synchronized Share take(SandboxConfig config) {
        Quota quota = quotas.get();
        if (sandboxes >= quota.sandboxes()) {
            throw denials.of(
                    "quota.sandboxes",
                    "%d of %d sandboxes".formatted(sandboxes, quota.sandboxes()),
                    advice());
        }
        if (cpus + config.cpus() > quota.cpus()) {
            throw denials.of(
                    "quota.cpus",
                    "%d of %d CPUs in use, and this sandbox needs %d"
                            .formatted(cpus, quota.cpus(), config.cpus()),
                    advice());
        }
        if (config.memoryBytes() > quota.memoryBytes() - memory) {
            throw denials.of(
                    "quota.memory",
                    "%s of %s of memory in use, and this sandbox needs %s"
                            .formatted(
                                    ByteSize.inWords(memory),
                                    ByteSize.inWords(quota.memoryBytes()),
                                    ByteSize.inWords(config.memoryBytes())),
                    advice());
        }
        sandboxes++;
        cpus += config.cpus();
        memory += config.memoryBytes();
        return new Share(config);
    }

    private static String advice() {
        return "End a session that needs its computer no longer, or try again in a minute:"
                + " sandboxes are freed when their sessions end or idle.";
    }

    private synchronized void release(SandboxConfig config) {
        sandboxes--;
        cpus -= config.cpus();
        memory -= config.memoryBytes();
    }

    /** Waits until fewer than {@link #STARTS} sandboxes of the namespace are starting. */
    void beginStart() throws InterruptedException {
        starts.acquire();
    }

    /** Ends what {@link #beginStart} began. */
    void endStart() {
        starts.release();
    }

    /** The limits and what is used of them, for people; empty if there are none. */
    public synchronized List<String> inWords() {
        Quota quota = quotas.get();
        List<String> words = new ArrayList<>();
        if (quota.sandboxes() != Integer.MAX_VALUE) {
            words.add("%d of %d sandboxes".formatted(sandboxes, quota.sandboxes()));
        }
        if (quota.cpus() != Integer.MAX_VALUE) {
            words.add("%d of %d CPUs".formatted(cpus, quota.cpus()));
        }
        if (quota.memoryBytes() != Long.MAX_VALUE) {
            words.add(
                    "%s of %s of memory"
                            .formatted(
                                    ByteSize.inWords(memory),
                                    ByteSize.inWords(quota.memoryBytes())));
        }
        return words;
    }

    /** The sandboxes that run or start. */
    public synchronized int sandboxes() {
        return sandboxes;
    }

    /** The virtual CPUs of the sandboxes. */
    public synchronized int cpus() {
        return cpus;
    }

    /** The memory of the sandboxes, in bytes. */
    public synchronized long memoryBytes() {
        return memory;
    }

    /** What one sandbox takes of the quota. Thread-safe. */
    final class Share {

        private final SandboxConfig config;
        private boolean released;

        private Share(SandboxConfig config) {
            this.config = config;
        }

        /** Gives it back. Idempotent. */
        synchronized void release() {
            if (!released) {
                released = true;
                Account.this.release(config);
            }
        }
    }
}
