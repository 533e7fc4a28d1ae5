package dev.microsandbox.vmm.machine;

import dev.microsandbox.vmm.Sandbox;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.TestSandboxes;
import dev.microsandbox.vmm.behaviour.BehaviourContract;
import dev.microsandbox.vmm.host.KvmFinding;
import dev.microsandbox.vmm.host.KvmProbe;
import org.junit.jupiter.api.Assumptions;

/**
 * The basic cases of all languages on KVM. Where that emulates the guest's kernel mode, starting
 * the interpreters alone takes minutes: there they are skipped, by name, unless
 * MICROSANDBOX_SLOW_TESTS is true.
 */
class KvmBehaviourIT extends BehaviourContract {

    KvmBehaviourIT() {
        super(Selection.BASIC, "python", "python-notebook", "javascript", "shell", "c");
    }

    @Override
    protected Sandbox start(SandboxConfig config) throws InterruptedException {
        boolean slow = KvmProbe.probe().state() == KvmFinding.State.EMULATED;
        Assumptions.assumeTrue(
                !slow || Boolean.parseBoolean(System.getenv("MICROSANDBOX_SLOW_TESTS")),
                "skipped: this host's KVM emulates the guest's kernel mode");
        return TestSandboxes.kvm().start(config);
    }
}
