package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.SandboxStartException;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Whom a QEMU process runs as: where this JVM may change users, each as one of its own. */
final class ProcessUser {

    /**
     * The range that Linux distributions set aside for users without an account (systemd's
     * DynamicUser): each machine of this process gets the next.
     */
    private static final int FIRST = 61_184;

    private static final int COUNT = 65_519 - FIRST + 1;

    /**
     * CAP_SETGID and CAP_SETUID to become another user, CAP_SETPCAP to give the right to
     * capabilities up for good, CAP_KILL to stop what is another's, CAP_CHOWN to hand it a socket
     * that is its alone: linux/capability.h.
     */
    static final long NEEDED = 1 << 0 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8;

    private static final AtomicInteger TAKEN = new AtomicInteger();

    private ProcessUser() {}

    /**
     * The next.
     *
     * @return a uid and gid; null to keep this JVM's
     * @throws SandboxStartException if the host does not say what this process may do
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
