package dev.microsandbox.mcp.session.supply;

import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.vmm.SandboxConfig;
import java.util.Optional;

/**
 * The CPUs and memory that all sandboxes of a server share. Every sandbox has its place there
 * before it starts. Thread-safe.
 */
public interface Capacity {

    /** Names the pool whose sandboxes are closed where a session needs their room. */
    void makeRoomFrom(ReadyPool pool);

    /**
     * Reserves the resources of a session's sandbox. Where there is no room, ready sandboxes are
     * closed to make some.
     *
     * @throws SessionException if there is no room
     */
    Reservation reserve(SandboxConfig config) throws InterruptedException;

    /**
     * Reserves the resources of a sandbox that nobody has asked for. Makes no room, and does not
     * wait for others to do so.
     *
     * @return empty if there is no room
     */
    Optional<Reservation> reserveReady(SandboxConfig config);

    /** The number of sandboxes that run or start in this process. */
    int sandboxes();
}
