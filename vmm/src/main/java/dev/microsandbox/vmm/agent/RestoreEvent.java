package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.machine.SandboxEvent;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Timespan;

/** A sandbox was put back. Each method is called when its step is done, in this order. */
@Name("dev.microsandbox.Restore")
@Label("Restore")
@Description("A sandbox was put back to a checkpoint in place")
final class RestoreEvent extends SandboxEvent {

    @Label("Open")
    @Description("Waiting for an earlier checkpoint or restore, and opening and checking the files")
    @Timespan(Timespan.NANOSECONDS)
    long open;

    @Label("Hold")
    @Description("Bringing the agent's protocol to rest: a round trip to the agent")
    @Timespan(Timespan.NANOSECONDS)
    long hold;

    @Label("Pause")
    @Description("Waiting until the machine stands still")
    @Timespan(Timespan.NANOSECONDS)
    long pause;

    @Label("Put Back")
    @Description("Setting memory and state, until the machine runs again")
    @Timespan(Timespan.NANOSECONDS)
    long putBack;

    @Label("Renew")
    @Description("Giving the guest time, names and entropy of its own, until its agent answers")
    @Timespan(Timespan.NANOSECONDS)
    long renew;

    /** The files are open and checked. */
    void opened() {
        open = lap();
    }

    /** The agent's connection is quiesced. */
    void held() {
        hold = lap();
    }

    /** The machine stands still. */
    void paused() {
        pause = lap();
    }

    /** Memory and state are restored, and the machine runs again. */
    void wasPutBack() {
        putBack = lap();
    }

    /** Its agent has answered, with time, names and entropy of its own. */
    void renewed(String id) {
        renew = lap();
        finish(id);
    }
}
