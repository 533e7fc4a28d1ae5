package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.TestSandboxes;
import dev.microsandbox.vmm.behaviour.BehaviourContract;

/** The behaviour of Python on QEMU's software emulation. */
class QemuPythonIT extends BehaviourContract {

    QemuPythonIT() {
        super(Selection.ALL, "python");
    }

    @Override
    protected Sandbox start(SandboxConfig config) throws InterruptedException {
        return TestSandboxes.qemu().start(config);
    }
}
