package dev.microsandbox.vmm;

import java.time.Instant;

/**
 * Facts about a guest's file.
 *
 * @param mode permission bits, {@code 07777}
 * @param size bytes
 * @param target where a symbolic link points, a path as {@link SandboxFiles} takes it; empty for
 *     everything else
 */
public record FileStat(
        Type type, int mode, int uid, int gid, long size, Instant modified, String target) {

    /** What a path is. */
    public enum Type {
        FILE,
        DIRECTORY,
        SYMBOLIC_LINK,
        /** A device, FIFO or socket. */
        OTHER
    }
}
