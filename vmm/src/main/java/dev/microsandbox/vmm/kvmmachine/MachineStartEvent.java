package dev.microsandbox.vmm.kvmmachine;

import dev.microsandbox.vmm.machine.SandboxEvent;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A sandbox's machine was made and begun. */
@Name("dev.microsandbox.MachineStart")
@Label("Machine Start")
@Description("A machine on KVM was made, and the threads of its vCPUs started")
final class MachineStartEvent extends SandboxEvent {

    @Label("Resumed")
    @Description("Whether it goes on from a template or a checkpoint, instead of booting")
    boolean resumed;

    /** A machine boots. */
    void booted(String id) {
        finish(id);
    }

    /** A machine goes on where another was saved. */
    void resumed(String id) {
        resumed = true;
        finish(id);
    }
}
