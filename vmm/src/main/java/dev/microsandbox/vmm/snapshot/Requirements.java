package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.kvm.CpuFeatures;
import java.util.Optional;

/**
 * What a saved machine depends on: the host's processor and KVM, the guest's kernel and its root
 * file system. Immutable.
 *
 * @param features of the host's processor and KVM
 * @param kernelSha256 of the kernel in the guest's memory, in hexadecimal digits
 * @param rootfsSha256 of the file behind its disk, in hexadecimal digits
 */
public record Requirements(CpuFeatures features, String kernelSha256, String rootfsSha256) {

    /**
     * The reason, in words, why a snapshot with these requirements cannot be used here; empty if it
     * can.
     */
    Optional<String> unmetBy(Requirements here) {
        if (!kernelSha256.equals(here.kernelSha256)) {
            return Optional.of(
                    "it was made with another guest kernel (SHA-256 %s, not %s); make a new one"
                            .formatted(kernelSha256, here.kernelSha256));
        }
        if (!rootfsSha256.equals(here.rootfsSha256)) {
            return Optional.of(
                    "it was made with another root file system (SHA-256 %s, not %s); make a new one"
                            .formatted(rootfsSha256, here.rootfsSha256));
        }
        return features.differenceTo(here.features)
                .map(
                        difference ->
                                "it was made on another processor or KVM ("
                                        + difference
                                        + "), or by a version that showed its guests other features;"
                                        + " make a new one on this host");
    }
}
