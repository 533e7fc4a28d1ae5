package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.kvm.CpuFeatures;
import dev.microsandbox.vmm.kvm.Kvm;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.snapshot.Requirements;
import java.io.IOException;

/** What a snapshot of a guest relies on. */
final class GuestRequirements {

    private GuestRequirements() {}

    /**
     * What a snapshot made on this host of such a guest relies on, and one that is to be used must
     * rely on.
     */
    static Requirements of(GuestFiles guest) throws IOException {
        try (Kvm kvm = Kvm.open(Kvm.DEVICE)) {
            return new Requirements(
                    CpuFeatures.of(kvm.supportedCpuid()),
                    guest.kernelSha256(),
                    guest.rootfsSha256());
        }
    }
}
