package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.SandboxStartException;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the user of a QEMU process. If this JVM may change users, each process gets a user of its
 * own.
 */
final class ProcessUser {

    /**
     * The first id of the range that Linux distributions reserve for users without an account
     * (systemd's DynamicUser). Each machine of this JVM gets the next id.
     */
    private static final int FIRST = 61_184;

    private static final int COUNT = 65_519 - FIRST + 1;

    /**
     * The capabilities needed: CAP_SETGID and CAP_SETUID to switch the user, CAP_SETPCAP to drop
     * capabilities for good, CAP_KILL to kill another user's process, CAP_CHOWN to give the process
     * a socket of its own: linux/capability.h.
     */
    static final long NEEDED = 1 << 0 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8;

    private static final AtomicInteger TAKEN = new AtomicInteger();

    private ProcessUser() {}

    /**
     * Chooses the user for the next process.
     *
     * @return a number to use as uid and gid; null to keep this JVM's
     * @throws SandboxStartException if this process's capabilities cannot be read
     */
    static @Nullable Integer next() {
        try {
            return EffectiveCapabilities.include(NEEDED)
                    ? FIRST + Math.floorMod(TAKEN.getAndIncrement(), COUNT)
                    : null;
        } catch (IOException e) {
            throw new SandboxStartException("/proc is not readable: " + e.getMessage(), e);
        }
    }
}
