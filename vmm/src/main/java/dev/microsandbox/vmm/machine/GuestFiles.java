package dev.microsandbox.vmm.machine;

import java.nio.file.Path;

/**
 * The files of which a guest is made, with their hashes. A saved guest continues only with files
 * that have the same hashes.
 *
 * @param kernel an ELF {@code vmlinux}
 * @param kernelSha256 of the kernel's bytes, in lowercase hexadecimal digits
 * @param rootfs an erofs image, which no machine writes to
 * @param rootfsSha256 of its bytes, likewise
 */
public record GuestFiles(Path kernel, String kernelSha256, Path rootfs, String rootfsSha256) {}
