package dev.microsandbox.vmm.image.build;

import dev.microsandbox.vmm.ImageException;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs build tools so that nothing of them stays behind: in a process namespace that dies with this
 * process, even when that is killed, and a mount namespace that takes the tools' mounts along.
 */
final class Containment {

    /** The death signal is that of the thread that starts the tool, which waits for its end. */
    private static final List<String> NAMESPACES =
            List.of(
                    "setpriv",
                    "--pdeathsig",
                    "KILL",
                    "unshare",
                    "--mount",
                    "--pid",
                    "--fork",
                    "--kill-child",
                    "--mount-proc");

    /** As root of a user namespace with the sub-uids of an ordinary user. */
    private static final List<String> AS_ROOT_OF_SUB_UIDS =
            List.of("--map-root-user", "--map-auto");

    private Containment() {}

    /**
     * A command line that keeps this user: contained where the host allows it, which needs root.
     */
    static List<String> contain(List<String> command) throws IOException, InterruptedException {
        return HostUser.isRoot() && works(NAMESPACES) ? join(NAMESPACES, command) : command;
    }

    /**
     * A command line that runs as root, be it that of a user namespace.
     *
     * @throws ImageException if this user cannot have that
     */
    static List<String> asRoot(List<String> command) throws IOException, InterruptedException {
        if (HostUser.isRoot()) {
            return contain(command);
        }
        List<String> asRoot = join(NAMESPACES, AS_ROOT_OF_SUB_UIDS);
        if (!works(asRoot)) {
            throw new ImageException(
                    "Making a root file system needs root, or user namespaces with sub-uids: build"
                            + " as root, or install uidmap and give this user a range in /etc/subuid"
                            + " and /etc/subgid ('man subuid')");
        }
        return join(asRoot, command);
    }

    private static boolean works(List<String> prefix) throws IOException, InterruptedException {
        return ToolRun.output(join(prefix, List.of("true")).toArray(String[]::new)) != null;
    }

    private static List<String> join(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }
}
