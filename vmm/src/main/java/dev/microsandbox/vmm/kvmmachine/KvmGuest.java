package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.kvm.CpuFeatures;
import dev.microsandbox.vmm.kvm.Kvm;
import dev.microsandbox.vmm.snapshot.Requirements;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What a guest is made of, and how that is recognised again.
 *
 * @param kernel an ELF {@code vmlinux}
 * @param kernelSha256 of the kernel's bytes, in hexadecimal digits
 * @param rootfs a root file system
 * @param rootfsSha256 of its bytes, likewise
 */
public record KvmGuest(Path kernel, String kernelSha256, Path rootfs, String rootfsSha256) {

    /**
     * What a snapshot made on this host of such a guest relies on, and one that is to be used must
     * rely on.
     */
    public Requirements requirements() throws IOException {
        try (Kvm kvm = Kvm.open(Kvm.DEVICE)) {
            return new Requirements(
                    CpuFeatures.of(kvm.supportedCpuid()), kernelSha256, rootfsSha256);
        }
    }
}
