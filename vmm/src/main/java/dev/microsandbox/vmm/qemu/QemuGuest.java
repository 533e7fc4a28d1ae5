package dev.microsandbox.vmm.qemu;

import java.nio.file.Path;

/**
 * What a guest is made of, and how that is recognised again.
 *
 * @param kernel an ELF {@code vmlinux}
 * @param kernelSha256 of the kernel's bytes, in small hexadecimal digits
 * @param rootfs a root file system
 * @param rootfsSha256 of its bytes, in small hexadecimal digits
 */
public record QemuGuest(Path kernel, String kernelSha256, Path rootfs, String rootfsSha256) {}
