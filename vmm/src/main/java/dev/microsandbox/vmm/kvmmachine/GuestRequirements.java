package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.kvm.CpuFeatures;
import dev.microsandbox.vmm.kvm.CpuidAllowList;
import dev.microsandbox.vmm.kvm.Kvm;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.snapshot.Requirements;
import java.io.IOException;

/** Determines what a snapshot of a guest depends on. */
final class GuestRequirements {

    private GuestRequirements() {}

    /**
     * The requirements of a snapshot that is made of such a guest on this host. A snapshot can be
     * used here only if it has the same requirements. Features that no guest sees are none of them.
     */
    static Requirements of(GuestFiles guest) throws IOException {
        try (Kvm kvm = Kvm.open(Kvm.DEVICE)) {
            return new Requirements(
                    CpuFeatures.of(CpuidAllowList.of(kvm.supportedCpuid())),
                    guest.kernelSha256(),
                    guest.rootfsSha256());
        }
    }
}
