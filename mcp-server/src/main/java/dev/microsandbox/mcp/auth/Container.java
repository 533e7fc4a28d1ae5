package dev.microsandbox.mcp.auth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;

/** Whether this process runs in a container. */
public final class Container {

    /** Names that container engines give to control groups (cgroups v1). */
    private static final Pattern GROUP =
            Pattern.compile("/(docker|libpod|lxc|kubepods|containerd|machine\\.slice)");

    private Container() {}

    /**
     * Whether it does, by the marks that Docker, Podman, Kubernetes and LXC leave. A container
     * without any of them is not recognized.
     */
    public static boolean isInside() {
        return isInside(Path.of("/"), System.getenv());
    }

    static boolean isInside(Path root, Map<String, String> environment) {
        return Files.exists(root.resolve(".dockerenv"))
                || Files.exists(root.resolve("run/.containerenv"))
                || environment.containsKey("container")
                || environment.containsKey("KUBERNETES_SERVICE_HOST")
                || isInGroup(root.resolve("proc/1/cgroup"));
    }

    private static boolean isInGroup(Path groups) {
        try {
            return GROUP.matcher(Files.readString(groups)).find();
        } catch (IOException e) {
            return false;
        }
    }
}
