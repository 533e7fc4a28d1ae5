package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxContract;
import dev.microsandbox.vmm.TestSandboxes;

/** The contract on KVM, with little memory: where kernel mode is emulated, all of it takes time. */
class KvmSandboxIT extends SandboxContract {

    @Override
    protected SandboxConfig config() {
        return SandboxConfig.DEFAULT.withMemoryBytes(256L << 20);
    }

    @Override
    protected Sandbox start(SandboxConfig config) throws InterruptedException {
        return TestSandboxes.kvm().start(config);
    }
}
