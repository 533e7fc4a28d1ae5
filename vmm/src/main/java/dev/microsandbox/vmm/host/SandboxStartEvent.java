package dev.microsandbox.vmm.host;

import dev.microsandbox.vmm.machine.SandboxEvent;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A sandbox was started, on a machine of either kind. */
@Name("dev.microsandbox.SandboxStart")
@Label("Sandbox Start")
@Description("From the request for a sandbox to the first answer of its agent")
final class SandboxStartEvent extends SandboxEvent {

    @Label("Origin")
    @Description("What it was made of: boot, template or checkpoint")
    String origin = "";

    void started(String id, String madeOf) {
        origin = madeOf;
        finish(id);
    }
}
