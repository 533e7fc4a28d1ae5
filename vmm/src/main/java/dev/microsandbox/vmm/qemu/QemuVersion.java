package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.launch.Confinement;
import dev.microsandbox.vmm.launch.Launcher;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The version of the installed QEMU. */
final class QemuVersion {

    private QemuVersion() {}

    /**
     * Version and package, as QEMU prints them.
     *
     * @param confinement how it is confined while it says so
     * @throws IOException if QEMU cannot be run, or prints nothing
     */
    static String installed(Confinement confinement) throws IOException, InterruptedException {
        Optional<Launcher> launcher = Launcher.find(confinement);
        Process process =
                launcher.isPresent()
                        ? launcher.get()
                                .startQemu(List.of("--version"), List.of(), List.of(), false)
                        : new ProcessBuilder(QemuCommand.QEMU, "--version").start();
        try (BufferedReader lines = process.inputReader()) {
            String line = lines.readLine();
            if (line == null || line.isBlank()) {
                throw new IOException(QemuCommand.QEMU + " --version says nothing");
            }
            return line.strip();
        } finally {
            process.destroyForcibly();
        }
    }
}
