package dev.microsandbox.vmm.snapshot;

import dev.microsandbox.vmm.kvm.CpuFeatures;
import java.util.Optional;

/**
 * What a machine's state relies on beside itself: the host's processor and KVM, and what the guest
 * runs. Immutable.
 *
 * @param kernelSha256 of the kernel that the guest has in its memory, in hexadecimal digits
 * @param rootfsSha256 of the file that its disk is read from
 */
public record Requirements(CpuFeatures features, String kernelSha256, String rootfsSha256) {

    /** Why a snapshot that relies on this cannot be used with that; empty if it can. */
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
                                        + "); make a new one on this host");
    }
}
