package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.SandboxContract;
import dev.microsandbox.vmm.TestSandboxes;

/** The contract on QEMU's software emulation. */
class QemuSandboxIT extends SandboxContract {

    @Override
    protected Sandbox start(SandboxConfig config) throws InterruptedException {
        return TestSandboxes.qemu().start(config);
    }
}
