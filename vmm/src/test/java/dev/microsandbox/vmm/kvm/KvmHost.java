package dev.microsandbox.vmm.kvm;

import dev.microsandbox.vmm.linux.LinuxException;
import java.nio.file.Files;
import org.junit.jupiter.api.Assumptions;

/** The host's KVM, for tests. */
final class KvmHost {

    private KvmHost() {}

    /** Opens KVM. On a host without it, tests are skipped by name. */
    static Kvm open() throws LinuxException {
        Assumptions.assumeTrue(Files.isWritable(Kvm.DEVICE), "skipped: no usable " + Kvm.DEVICE);
        return Kvm.open(Kvm.DEVICE);
    }
}
