package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.launch.Confinement;
import dev.microsandbox.vmm.linux.HostUser;
import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.OpenFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The locks of QEMU's users: for each user a file, which is locked while a process has that user.
 * The launcher uses the same files.
 */
final class UserLock {

    private UserLock() {}

    /**
     * The directory of the locks: the first that can be written to, by this user alone.
     *
     * @throws IOException if there is none
     */
    static Path directory(Confinement confinement) throws IOException {
        for (Path directory : confinement.locks()) {
            try {
                Files.createDirectory(
                        directory,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
            } catch (IOException e) {
                // It exists, or cannot be made, and is no directory then.
            }
            if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                    && Files.isWritable(directory)
                    && isOurs(directory)) {
                return directory;
            }
        }
        throw new IOException(
                "none of "
                        + confinement.locks()
                        + " is a directory that belongs to this user, and that only this user can write to");
    }

    private static boolean isOurs(Path directory) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(directory);
        return Files.getAttribute(directory, "unix:uid")
                        .equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))
                && !permissions.contains(PosixFilePermission.GROUP_WRITE)
                && !permissions.contains(PosixFilePermission.OTHERS_WRITE);
    }

    /**
     * Takes a user, unless it is locked, or some process has it.
     *
     * @return the lock, which is held until it is closed; null if the user is taken
     */
    static @Nullable OpenFile take(Path directory, int user) throws LinuxException {
        OpenFile lock = HostUser.lock(directory.resolve("uid-" + user));
        if (lock != null && HostUser.lives(user)) {
            lock.close();
            return null;
        }
        return lock;
    }
}
