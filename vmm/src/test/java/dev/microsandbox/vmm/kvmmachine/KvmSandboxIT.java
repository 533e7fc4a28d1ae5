package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.KernelBudget;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxContract;
import dev.microsandbox.vmm.TestSandboxes;
import org.junit.jupiter.api.Timeout;

/**
 * The contract on KVM, with little memory, because each page takes time if kernel mode is emulated.
 */
@KernelBudget(seconds = 720, start = 75)
@Timeout(1800)
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
