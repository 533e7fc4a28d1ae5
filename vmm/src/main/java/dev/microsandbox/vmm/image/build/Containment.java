package dev.microsandbox.vmm.image.build;

import dev.microsandbox.vmm.ImageException;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/**
 * Command lines that leave nothing of a build tool behind. The tool runs in a PID namespace that
 * dies with this process, even if it is killed, and in a mount namespace that discards the tool's
 * mounts.
 */
final class Containment {

    /**
     * The death signal comes when the thread ends that starts the tool: see {@link BuildThread}.
     */
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

    /** Makes an ordinary user root of a user namespace, with the sub-uids of that user. */
    private static final List<String> AS_ROOT_OF_SUB_UIDS =
            List.of("--map-root-user", "--map-auto");

    private Containment() {}

    /**
     * A command line that runs as this user. It is contained if this user is root and the host
     * allows it.
     */
    static List<String> contain(List<String> command) throws IOException, InterruptedException {
        return HostUser.isRoot() && works(NAMESPACES) ? join(NAMESPACES, command) : command;
    }

    /**
     * A command line that runs as root, if only of a user namespace.
     *
     * @throws ImageException if this user cannot become root in either way
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
