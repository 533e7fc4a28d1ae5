package dev.microsandbox.vmm.image.build;

import dev.microsandbox.vmm.ImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The Debian packages of this host. */
final class HostPackages {

    private HostPackages() {}

    /**
     * Installs missing packages if this process is root on Debian.
     *
     * @throws ImageException if packages are missing and cannot be installed; the message names
     *     them
     */
    static void require(String purpose, List<String> packages, ToolRun tools)
            throws IOException, InterruptedException {
        List<String> missing = missing(purpose, packages);
        if (missing.isEmpty()) {
            return;
        }
        String names = String.join(" ", missing);
        if (!HostUser.isRoot()) {
            throw new ImageException(
                    purpose
                            + " needs Debian packages that are not installed. As root:\n"
                            + "  apt-get install --no-install-recommends "
                            + names);
        }
        String what = "Installing " + names;
        tools.report(what);
        tools.run(what, apt("update"));
        List<String> install = new ArrayList<>(apt("install", "--yes", "--no-install-recommends"));
        install.addAll(missing);
        tools.run(what, install);
    }

    /** The command line of an apt that waits for another apt to end. */
    private static List<String> apt(String... arguments) {
        List<String> command =
                new ArrayList<>(List.of("apt-get", "-q", "-o", "DPkg::Lock::Timeout=600"));
        command.addAll(List.of(arguments));
        return command;
    }

    private static List<String> missing(String purpose, List<String> packages)
            throws IOException, InterruptedException {
        if (ToolRun.output("dpkg-query", "--version") == null) {
            throw new ImageException(
                    purpose
                            + " needs a Debian 12 host, with the packages "
                            + String.join(" ", packages)
                            + ". Build there, and copy the 'assets' directory of its Microsandbox"
                            + " home to this host's");
        }
        Set<String> missing = new LinkedHashSet<>(packages);
        for (String name : packages) {
            if (version(name) != null) {
                missing.remove(name);
            }
        }
        return List.copyOf(missing);
    }

    /** The installed version of a package, or null. */
    static @Nullable String version(String name) throws IOException, InterruptedException {
        String text =
                ToolRun.output(
                        "dpkg-query",
                        "--show",
                        "--showformat=${db:Status-Status} ${Version}",
                        name);
        String installed = "installed ";
        return text != null && text.startsWith(installed)
                ? text.substring(installed.length())
                : null;
    }
}
