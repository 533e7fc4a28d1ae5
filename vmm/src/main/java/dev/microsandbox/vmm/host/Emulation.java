package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.launch.Confinement;
import dev.microsandbox.vmm.launch.Launcher;
import dev.microsandbox.vmm.launch.Layers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How the emulator, QEMU, is confined.
 *
 * @param firstUser the first of the user ids that emulators may get, at least 1000
 * @param lastUser the last of them
 * @param unconfined whether emulators may run where nothing confines them
 * @param home a directory that exists, for the users' locks where {@code /run/microsandbox} is
 *     read-only
 */
public record Emulation(int firstUser, int lastUser, boolean unconfined, @Nullable Path home) {

    /** The range that Linux distributions reserve for users without an account. */
    public static final Emulation DEFAULT =
            new Emulation(
                    Confinement.DEFAULT.firstUser(), Confinement.DEFAULT.lastUser(), false, null);

    public Emulation {
        var _ = new Confinement(firstUser, lastUser, unconfined, home);
    }

    Confinement confinement() {
        return new Confinement(firstUser, lastUser, unconfined, home);
    }

    /**
     * What confines emulators on this host.
     *
     * @param launcher whether the program that confines them works
     * @param active the layers that are on
     * @param missing why others are not
     */
    public record Finding(boolean launcher, List<String> active, List<String> missing) {
        public Finding {
            active = List.copyOf(active);
            missing = List.copyOf(missing);
        }
    }

    /** Asks the launcher what it can do on this host. */
    public Finding examine() throws InterruptedException {
        try {
            Optional<Launcher> found = Launcher.find(confinement());
            return found.isPresent()
                    ? judge(found.get().layers())
                    : new Finding(
                            false,
                            List.of(),
                            List.of(
                                    "the launcher (msb-launch), which 'msb' builds if it finds gcc"
                                            + " and make"));
        } catch (IOException e) {
            return new Finding(
                    false,
                    List.of(),
                    List.of("the launcher (msb-launch) does not work: " + e.getMessage()));
        }
    }

    private static Finding judge(Layers layers) {
        List<String> active = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        sort(
                layers.ownUser(),
                "a user of its own",
                "a user of its own (it takes CAP_SETUID, CAP_SETGID and CAP_KILL)",
                active,
                missing);
        sort(
                layers.landlock() > 0,
                "Landlock, version " + layers.landlock(),
                "Landlock (the kernel lacks it, or it is not in its list of security modules)",
                active,
                missing);
        sort(
                layers.seccomp(),
                "a filter of system calls",
                "a filter of system calls (the kernel lacks seccomp)",
                active,
                missing);
        sort(
                layers.namespaces(),
                "namespaces without a network",
                "namespaces (they take CAP_SYS_ADMIN or user namespaces)",
                active,
                missing);
        sort(
                layers.ownRoot(),
                "a root of its own",
                "a root of its own (this host does not permit the mounts)",
                active,
                missing);
        return new Finding(true, active, missing);
    }

    private static void sort(
            boolean on, String layer, String absent, List<String> active, List<String> missing) {
        if (on) {
            active.add(layer);
        } else {
            missing.add(absent);
        }
    }
}
