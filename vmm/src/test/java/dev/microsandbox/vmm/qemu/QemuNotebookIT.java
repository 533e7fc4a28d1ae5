package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.TestSandboxes;
import dev.microsandbox.vmm.behaviour.BehaviourContract;

/** What notebook users expect of Python, on QEMU's software emulation. */
class QemuNotebookIT extends BehaviourContract {

    QemuNotebookIT() {
        super(Selection.ALL, "python-notebook", "python-jupyter");
    }

    @Override
    protected Sandbox start(SandboxConfig config) throws InterruptedException {
        return TestSandboxes.qemu().start(config);
    }
}
