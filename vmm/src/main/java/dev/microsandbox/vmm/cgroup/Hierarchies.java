package dev.microsandbox.vmm.cgroup;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * This process's own groups.
 *
 * @param version1 its directory in the hierarchy of each controller that has one of its own
 * @param version2 its directory in the unified hierarchy; null if none is mounted
 */
record Hierarchies(Map<Controller, Path> version1, @Nullable Path version2) {

    /**
     * Finds them.
     *
     * @param mounts the lines of /proc/self/mountinfo
     * @param groups the lines of /proc/self/cgroup
     */
    static Hierarchies of(List<String> mounts, List<String> groups) {
        Map<Controller, Path> version1 = new EnumMap<>(Controller.class);
        Path version2 = null;
        for (String line : mounts) {
            // ID PARENT DEVICE ROOT PLACE OPTIONS… - TYPE SOURCE SUPEROPTIONS
            String[] parts = line.split(" - ", 2);
            String[] place = parts[0].split(" ", -1);
            String[] what = parts.length == 2 ? parts[1].split(" ", -1) : new String[0];
            if (place.length < 5 || what.length < 3) {
                continue;
            }
            if (what[0].equals("cgroup2")) {
                version2 = own(place, group("", groups));
            } else if (what[0].equals("cgroup")) {
                List<String> options = Arrays.asList(what[2].split(",", -1));
                for (Controller each : Controller.values()) {
                    if (options.contains(each.kernelName())) {
                        version1.put(each, own(place, group(each.kernelName(), groups)));
                    }
                }
            }
        }
        return new Hierarchies(version1, version2);
    }

    /** The path of this process's group in the hierarchy of a controller. */
    private static String group(String controller, List<String> groups) {
        for (String line : groups) {
            String[] parts = line.split(":", 3);
            if (parts.length == 3 && Arrays.asList(parts[1].split(",", -1)).contains(controller)) {
                return parts[2];
            }
        }
        return "/";
    }

    /** In a container, only a part of the hierarchy is mounted: the one below the mount's root. */
    private static Path own(String[] mount, String group) {
        String root = mount[3].equals("/") ? "" : mount[3];
        String below =
                group.equals(root) || group.startsWith(root + "/")
                        ? group.substring(root.length())
                        : "";
        return Path.of(mount[4], below);
    }
}
