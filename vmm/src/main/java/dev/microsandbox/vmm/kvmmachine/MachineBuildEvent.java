package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.machine.SandboxEvent;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Timespan;

/** A machine was made on KVM. Each method is called when its step is done, in this order. */
@Name("dev.microsandbox.MachineBuild")
@Label("Machine Build")
@Description("A virtual machine was made on KVM, whose memory was mapped before")
final class MachineBuildEvent extends SandboxEvent {

    @Label("Create VM")
    @Description("Opening KVM and KVM_CREATE_VM")
    @Timespan(Timespan.NANOSECONDS)
    long createVm;

    @Label("Assemble")
    @Description("Giving the VM memory, interrupt controllers, devices and vCPUs")
    @Timespan(Timespan.NANOSECONDS)
    long assemble;

    @Label("Set State")
    @Description("Giving these their first state, or that of the machine that was saved")
    @Timespan(Timespan.NANOSECONDS)
    long setState;

    /** KVM has made the VM. */
    void vmCreated() {
        createVm = lap();
    }

    /** It has its memory, interrupt controllers, devices and vCPUs. */
    void assembled() {
        assemble = lap();
    }

    /** These have their state. */
    void stateSet(String id) {
        setState = lap();
        finish(id);
    }
}
