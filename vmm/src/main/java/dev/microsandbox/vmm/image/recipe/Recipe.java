package dev.microsandbox.vmm.image.recipe;

import dev.microsandbox.vmm.image.source.GuestFile;
import java.util.List;
import java.util.stream.Stream;

/**
 * The description of a root file system.
 *
 * @param suite Debian release
 * @param mirrors sources of packages, as mmdebstrap's arguments; Debian's own servers if empty
 * @param packages names of Debian packages
 * @param filters dpkg's {@code path-exclude=} and {@code path-include=} options, in order
 * @param environment {@code NAME=VALUE}, in order
 * @param commands shell commands to run in the new system as root, in order
 */
public record Recipe(
        String suite,
        List<String> mirrors,
        List<String> packages,
        List<String> filters,
        List<String> environment,
        List<String> commands) {

    public Recipe {
        mirrors = List.copyOf(mirrors);
        packages = List.copyOf(packages);
        filters = List.copyOf(filters);
        environment = List.copyOf(environment);
        commands = List.copyOf(commands);
    }

    /**
     * The recipe as the files that {@code rootfs/tree.sh} reads. Recipes that differ only in
     * comments and layout have the same files.
     */
    public List<GuestFile> files() {
        return List.of(
                lines("suite", List.of(suite)),
                lines("mirrors", mirrors),
                lines("packages", packages),
                lines("dpkg-options", filters),
                lines("environment", environment),
                lines("run.sh", script()));
    }

    private List<String> script() {
        List<String> exports = environment.stream().map(Recipe::export).toList();
        return Stream.concat(exports.stream(), commands.stream()).toList();
    }

    private static String export(String assignment) {
        return "export '" + assignment.replace("'", "'\\''") + "'";
    }

    private static GuestFile lines(String name, List<String> lines) {
        return GuestFile.text(name, lines.isEmpty() ? "" : String.join("\n", lines) + "\n");
    }
}
