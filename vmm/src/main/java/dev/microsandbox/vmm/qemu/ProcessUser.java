package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.SandboxStartException;
import dev.microsandbox.vmm.launch.Confinement;
import dev.microsandbox.vmm.launch.EffectiveCapabilities;
import dev.microsandbox.vmm.linux.OpenFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The user of a QEMU process that is started without the launcher. If this JVM may change users,
 * each process gets a user that nobody else has on this host.
 *
 * @param id the uid and gid
 * @param lock held until the process has ended
 */
record ProcessUser(int id, OpenFile lock) {

    /**
     * The capabilities needed: CAP_SETGID and CAP_SETUID to switch the user, CAP_SETPCAP to drop
     * capabilities for good, CAP_KILL to kill another user's process, CAP_CHOWN to give the process
     * a socket of its own: linux/capability.h.
     */
    static final long NEEDED = 1 << 0 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8;

    private static final AtomicInteger TAKEN = new AtomicInteger();

    /**
     * Chooses the user for the next process.
     *
     * @return null to keep this JVM's
     * @throws SandboxStartException if all users are taken
     */
    static @Nullable ProcessUser next(Confinement confinement) {
        try {
            return EffectiveCapabilities.include(NEEDED) ? take(confinement) : null;
        } catch (IOException e) {
            throw new SandboxStartException("QEMU has no user of its own: " + e.getMessage(), e);
        }
    }

    private static ProcessUser take(Confinement confinement) throws IOException {
        Path directory = UserLock.directory(confinement);
        int count = confinement.lastUser() - confinement.firstUser() + 1;
        for (int tries = 0; tries < count; tries++) {
            int id = confinement.firstUser() + Math.floorMod(TAKEN.getAndIncrement(), count);
            OpenFile lock = UserLock.take(directory, id);
            if (lock != null) {
                return new ProcessUser(id, lock);
            }
        }
        throw new IOException(
                "all users from %d to %d are in use; end some machines, or widen qemu.uids"
                        .formatted(confinement.firstUser(), confinement.lastUser()));
    }

    /** Gives the user back. The process must have ended. */
    void release() {
        lock.close();
    }
}
