package dev.microsandbox.mcp.session.supply;

import org.jspecify.annotations.Nullable;

/**
 * The resources that are reserved for one sandbox, and what it takes of a namespace's quota once it
 * belongs to one. Thread-safe.
 */
public final class Reservation {

    private final Runnable taken;
    private final Runnable release;
    private Account.@Nullable Share share;
    private boolean released;

    /**
     * @param taken called once when the sandbox begins to belong to a namespace
     * @param release called once when the resources are free again
     */
    public Reservation(Runnable taken, Runnable release) {
        this.taken = taken;
        this.release = release;
    }

    /**
     * Lets the sandbox belong to a namespace. This takes ownership of the share, and releases it at
     * once if the resources are released already.
     */
    synchronized void chargeTo(Account.Share owner) {
        if (released) {
            owner.release();
        } else {
            share = owner;
            taken.run();
        }
    }

    /** Releases the resources. Idempotent. */
    public synchronized void release() {
        if (!released) {
            released = true;
            release.run();
            if (share != null) {
                share.release();
            }
        }
    }
}
