package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.machine.SandboxEvent;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A vCPU is about to enter the guest for the first time. */
@Name("dev.microsandbox.VcpuStart")
@Label("vCPU Start")
@Description("From the start of a vCPU's thread to its first KVM_RUN")
final class VcpuStartEvent extends SandboxEvent {

    @Label("vCPU")
    @Description("Index of the vCPU in its machine")
    int vcpu;

    /** The next thing is KVM_RUN. */
    void entering(String id, int index) {
        vcpu = index;
        finish(id);
    }
}
