package dev.microsandbox.vmm.image;

import java.nio.file.Path;

/**
 * The files that a machine starts from. They must not change: a change breaks every sandbox that
 * uses them.
 *
 * @param image name of the image
 * @param kernel an ELF {@code vmlinux} with a PVH entry
 * @param rootfs an erofs image, whose agent is {@code /sbin/microsandbox-agent}
 * @param kernelSha256 of the kernel's bytes, as recorded when it was built
 * @param rootfsSha256 of the image's bytes, as recorded when it was built
 */
public record GuestAssets(
        String image, Path kernel, Path rootfs, String kernelSha256, String rootfsSha256) {}
