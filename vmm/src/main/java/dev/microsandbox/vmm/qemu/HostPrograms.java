package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.SandboxStartException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** The programs of the host that a machine is made of. */
final class HostPrograms {

    /** Each with the Debian package that has it. */
    private static final Map<String, String> NEEDED =
            Map.of(QemuCommand.QEMU, "qemu-system-x86", "setpriv", "util-linux");

    private HostPrograms() {}

    /**
     * Checks that they are there, since the shell that starts them could only say "not found".
     *
     * @param searchPath as in the variable {@code PATH}
     * @throws SandboxStartException if one is missing; says how to get it
     */
    static void require(String searchPath) {
        NEEDED.forEach(
                (program, debianPackage) -> {
                    if (!isOn(searchPath, program)) {
                        throw new SandboxStartException(
                                "Sandboxes need "
                                        + program
                                        + ", which is not installed. Debian: apt-get install "
                                        + debianPackage,
                                null);
                    }
                });
    }

    private static boolean isOn(String searchPath, String program) {
        return Arrays.stream(searchPath.split(":", -1))
                .filter(directory -> !directory.isEmpty())
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }
}
