package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.SandboxStartException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** The programs that a machine in QEMU needs on the host. */
final class HostPrograms {

    /** Each program with the Debian package that contains it. */
    private static final Map<String, String> NEEDED =
            Map.of(QemuCommand.QEMU, "qemu-system-x86", "setpriv", "util-linux");

    private HostPrograms() {}

    /**
     * Checks that the programs are installed, because the shell that starts them could only report
     * "not found".
     *
     * @param searchPath the value of the variable {@code PATH}
     * @throws SandboxStartException if a program is missing; says how to install it
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
