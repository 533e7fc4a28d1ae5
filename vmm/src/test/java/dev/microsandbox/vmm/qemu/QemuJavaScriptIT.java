package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.TestSandboxes;
import dev.microsandbox.vmm.behaviour.BehaviourContract;

/** The behaviour of JavaScript on QEMU's software emulation. */
class QemuJavaScriptIT extends BehaviourContract {

    QemuJavaScriptIT() {
        super(Selection.ALL, "javascript");
    }

    @Override
    protected Sandbox start(SandboxConfig config) throws InterruptedException {
        return TestSandboxes.qemu().start(config);
    }
}
