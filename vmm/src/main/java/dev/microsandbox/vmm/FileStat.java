package dev.microsandbox.vmm;

import java.time.Instant;

/**
 * Facts about a guest's file.
 *
 * @param mode permission bits, {@code 07777}
 * @param size bytes
 * @param target the target of a symbolic link, in the form that {@link SandboxFiles} accepts; empty
 *     for any other type
 */
public record FileStat(
        Type type, int mode, int uid, int gid, long size, Instant modified, String target) {

    /** The type of a file. */
    public enum Type {
        FILE,
        DIRECTORY,
        SYMBOLIC_LINK,
        /** A device, FIFO or socket. */
        OTHER
    }
}
