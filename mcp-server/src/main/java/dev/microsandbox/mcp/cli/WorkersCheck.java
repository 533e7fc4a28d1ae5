package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.config.WorkersMode;
import dev.microsandbox.mcp.server.MicroVmFactory;
import dev.microsandbox.vmm.host.ConfinedWorkers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Says which processes {@code msb serve} would have here, and what would keep them apart. */
final class WorkersCheck {

    private static final String SUBJECT = "workers";

    private static final String SHARED =
            "One process runs the sandboxes of all namespaces (workers: %s)";

    private WorkersCheck() {}

    static Finding check(ServerConfig config) throws InterruptedException {
        try {
            return judge(
                    config.workers(),
                    config.http().developmentMode(),
                    ConfinedWorkers.examine(MicroVmFactory.emulation(config)),
                    closed(config));
        } catch (IOException e) {
            return Finding.fail(SUBJECT, "The launcher does not answer: " + e.getMessage() + ".");
        }
    }

    /**
     * Judges what a server would choose.
     *
     * @param developmentMode whether no keys are asked for
     * @param closed a directory on the way to the workers' that others may not pass through
     */
    static Finding judge(
            WorkersMode mode,
            boolean developmentMode,
            ConfinedWorkers.Finding found,
            Optional<Path> closed) {
        if (mode == WorkersMode.SHARED) {
            return Finding.ok(SUBJECT, SHARED.formatted("shared") + ".");
        }
        if (mode == WorkersMode.AUTO && developmentMode) {
            return Finding.ok(
                    SUBJECT,
                    SHARED.formatted("auto") + ", because development mode asks for no keys.");
        }
        if (!found.apart()) {
            String why =
                    found.launched()
                            ? "the kernel has no Landlock, and workers cannot have users of their own: "
                                    + noUsers(closed)
                            : "msb-launch has not started this program; 'msb' builds it if it finds gcc and make";
            return mode == WorkersMode.NAMESPACE
                    ? Finding.fail(SUBJECT, "'msb serve' does not start: " + why + ".")
                    : Finding.warn(SUBJECT, SHARED.formatted("auto") + ", because " + why + ".");
        }
        String each =
                "Each namespace gets a process of its own where keys are asked for, kept from the others by ";
        String landlock =
                found.landlock() > 0 ? "Landlock, version " + found.landlock() : "no Landlock";
        if (!found.ownUsers()) {
            return Finding.warn(
                    SUBJECT,
                    each
                            + landlock
                            + " alone: workers keep the server's user. For users of their own: "
                            + noUsers(closed)
                            + ".");
        }
        return found.landlock() > 0
                ? Finding.ok(SUBJECT, each + "a user of its own and " + landlock + ".")
                : Finding.warn(
                        SUBJECT,
                        each + "a user of its own alone: the kernel has " + landlock + ".");
    }

    /** What users of workers take that lacks here. */
    private static String noUsers(Optional<Path> closed) {
        return closed.map(
                        path ->
                                "others must be able to pass through %1$s, as with 'chmod o+x %1$s', or the home (MICROSANDBOX_HOME), the program and Java be elsewhere"
                                        .formatted(path))
                .orElse("they take root, or CAP_SETUID, CAP_SETGID, CAP_CHOWN and CAP_KILL");
    }

    /** What workers use: the home, where its images are, this program and the Java runtime. */
    private static Optional<Path> closed(ServerConfig config) throws IOException {
        List<Path> places = new ArrayList<>();
        places.add(config.home());
        for (String name : List.of("assets", "images", "templates")) {
            places.add(config.home().resolve(name));
        }
        for (String place :
                List.of(
                        System.getProperty("java.home"),
                        System.getProperty("java.class.path").split(":", 2)[0])) {
            places.add(Path.of(place));
        }
        for (Path place : places) {
            Optional<Path> closed = closed(place);
            if (closed.isPresent()) {
                return closed;
            }
        }
        return Optional.empty();
    }

    /** The first directory on the way to a place, and into it, that others may not pass through. */
    static Optional<Path> closed(Path place) throws IOException {
        Path real = Files.exists(place) ? place.toRealPath() : place.toAbsolutePath().normalize();
        for (int count = 1; count <= real.getNameCount(); count++) {
            Path part = Path.of("/").resolve(real.subpath(0, count));
            if (!Files.isDirectory(part)) {
                return Optional.empty(); // 'msb' makes it so that others may pass
            }
            if (!Files.getPosixFilePermissions(part).contains(PosixFilePermission.OTHERS_EXECUTE)) {
                return Optional.of(part);
            }
        }
        return Optional.empty();
    }
}
