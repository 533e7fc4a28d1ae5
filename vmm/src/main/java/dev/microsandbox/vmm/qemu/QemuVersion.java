package dev.microsandbox.vmm.qemu;

import java.io.BufferedReader;
import java.io.IOException;

/** Which QEMU is installed. */
final class QemuVersion {

    private QemuVersion() {}

    /**
     * Version and package, as QEMU says them.
     *
     * @throws IOException if it cannot be asked
     */
    static String installed() throws IOException {
        Process process = new ProcessBuilder(QemuCommand.QEMU, "--version").start();
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
