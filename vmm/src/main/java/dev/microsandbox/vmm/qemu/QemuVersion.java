package dev.microsandbox.vmm.qemu;

import java.io.BufferedReader;
import java.io.IOException;

/** The version of the installed QEMU. */
final class QemuVersion {

    private QemuVersion() {}

    /**
     * Version and package, as QEMU prints them.
     *
     * @throws IOException if QEMU cannot be run, or prints nothing
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
