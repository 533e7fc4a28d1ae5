package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxContract;
import dev.microsandbox.vmm.TestSandboxes;
import org.junit.jupiter.api.parallel.Isolated;

/** The contract on KVM. */
@Isolated("measures time and counts processes")
class KvmSandboxIT extends SandboxContract {

    @Override
    protected Sandbox start(SandboxConfig config) throws InterruptedException {
        return TestSandboxes.kvm().start(config);
    }
}
