package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.TestSandboxes;
import dev.microsandbox.vmm.behaviour.BehaviourContract;

/**
 * The behaviour of the shell, and of languages in which each call is a program, on QEMU's software
 * emulation.
 */
class QemuShellIT extends BehaviourContract {

    QemuShellIT() {
        super(Selection.ALL, "shell", "c", "cpp", "typescript");
    }

    @Override
    protected Sandbox start(SandboxConfig config) throws InterruptedException {
        return TestSandboxes.qemu().start(config);
    }
}
