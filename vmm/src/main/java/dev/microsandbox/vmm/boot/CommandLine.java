package dev.microsandbox.vmm.boot;

import dev.microsandbox.vmm.memory.GuestLayout;
import java.nio.charset.StandardCharsets;

/**
 * A kernel's command line (Documentation/admin-guide/kernel-parameters.rst). Immutable.
 *
 * @param text parameters, separated by spaces
 */
public record CommandLine(String text) {

    /**
     * Adds a virtio-mmio window, which the kernel cannot find by itself.
     *
     * @param base guest-physical address of the window
     * @param size of the window in bytes, whole KiB
     * @param irq its interrupt line
     */
    public CommandLine withVirtioMmio(long base, long size, int irq) {
        return new CommandLine(
                "%s virtio_mmio.device=%dK@0x%x:%d"
                        .formatted(text, size / 1024, base, irq)
                        .strip());
    }

    /**
     * The bytes with a terminating NUL.
     *
     * @throws KernelException if the command line is too long or contains other than printable
     *     ASCII
     */
    byte[] encode() throws KernelException {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~') {
                throw new KernelException(
                        "The kernel's command line has the character %#x at %d: only printable ASCII can be passed."
                                .formatted((int) c, i));
            }
        }
        if (text.length() >= GuestLayout.COMMAND_LINE_MAX) {
            throw new KernelException(
                    "The kernel's command line has %d characters: %d is the most."
                            .formatted(text.length(), GuestLayout.COMMAND_LINE_MAX - 1));
        }
        return (text + "\0").getBytes(StandardCharsets.US_ASCII);
    }
}
