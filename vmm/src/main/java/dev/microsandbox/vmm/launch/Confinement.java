package dev.microsandbox.vmm.launch;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How QEMU is confined.
 *
 * @param firstUser the first of the user ids that QEMU may get, at least 1000
 * @param lastUser the last of them
 * @param unconfined whether QEMU may run where nothing confines it
 * @param home a directory for the users' locks where {@code /run/microsandbox} is read-only
 */
public record Confinement(int firstUser, int lastUser, boolean unconfined, @Nullable Path home) {

    /** The lowest user id that QEMU may get; lower ones belong to the system's accounts. */
    public static final int LOWEST_USER = 1000;

    private static final Path RUN = Path.of("/run/microsandbox");

    /**
     * The range that Linux distributions reserve for users without an account (systemd's
     * DynamicUser).
     */
    public static final Confinement DEFAULT = new Confinement(61_184, 65_519, false, null);

    public Confinement {
        if (firstUser < LOWEST_USER || lastUser < firstUser) {
            throw new IllegalArgumentException(
                    "the users of QEMU are a range of ids from %d on, not %d-%d"
                            .formatted(LOWEST_USER, firstUser, lastUser));
        }
    }

    /** The directories for the users' locks; the first that can be written to is used. */
    public List<Path> locks() {
        Path ownHome = home;
        return Stream.concat(
                        Stream.of(RUN),
                        ownHome == null ? Stream.empty() : Stream.of(ownHome.resolve("uids")))
                .toList();
    }
}
