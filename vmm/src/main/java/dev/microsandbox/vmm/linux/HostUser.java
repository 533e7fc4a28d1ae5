package dev.microsandbox.vmm.linux;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Users without an account, each of which belongs to one process of this host: flock(2). */
public final class HostUser {

    private static final int PRIO_USER = 2;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int ESRCH = 3;

    private HostUser() {}

    /** Whether some thread of this host has a user: credentials(7). */
    public static boolean lives(int user) {
        return ProcessCalls.getpriority(PRIO_USER, user) != -ESRCH;
    }

    /**
     * Locks a file, which is created if necessary, until it is closed or this process ends.
     *
     * @return null if another process has locked it
     */
    public static @Nullable OpenFile lock(Path path) throws LinuxException {
        OpenFile file = OpenFile.createOrOpen(path, 0600);
        int result = ProcessCalls.flock(file.descriptor().number(), LOCK_EX | LOCK_NB);
        if (result < 0) {
            file.close();
            return null;
        }
        return file;
    }
}
