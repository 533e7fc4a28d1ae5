package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.KernelBudget;
import dev.microsandbox.vmm.KernelBudget.Work;
import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.TestSandboxes;
import dev.microsandbox.vmm.behaviour.BehaviourContract;

/** The basic cases of all languages on KVM. */
@KernelBudget(seconds = 240)
@Work(2000)
class KvmBehaviourIT extends BehaviourContract {

    KvmBehaviourIT() {
        super(Selection.BASIC, "python", "python-notebook", "javascript", "shell", "c");
    }

    @Override
    protected Sandbox start(SandboxConfig config) throws InterruptedException {
        return TestSandboxes.kvm().start(config);
    }
}
