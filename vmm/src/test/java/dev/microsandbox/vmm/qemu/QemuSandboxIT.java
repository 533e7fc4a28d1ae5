package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxContract;
import dev.microsandbox.vmm.TestSandboxes;
import org.junit.jupiter.api.parallel.Isolated;

/** The contract on QEMU's software emulation. */
@Isolated("measures time and counts processes")
class QemuSandboxIT extends SandboxContract {

    @Override
    protected Sandbox start(SandboxConfig config) throws InterruptedException {
        return TestSandboxes.qemu().start(config);
    }
}
