package dev.microsandbox.vmm.agent;

import dev.microsandbox.vmm.machine.SandboxEvent;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Timespan;

/** A sandbox was saved. Each method is called when its step is done, in this order. */
@Name("dev.microsandbox.Checkpoint")
@Label("Checkpoint")
@Description("A sandbox was saved to a checkpoint, and went on")
final class CheckpointEvent extends SandboxEvent {

    @Label("Open")
    @Description("Waiting for an earlier checkpoint or restore, and making the files")
    @Timespan(Timespan.NANOSECONDS)
    long open;

    @Label("Hold")
    @Description("Bringing the agent's protocol to rest: a round trip to the agent")
    @Timespan(Timespan.NANOSECONDS)
    long hold;

    @Label("Take")
    @Description("Taking memory and state, while the machine is held")
    @Timespan(Timespan.NANOSECONDS)
    long take;

    @Label("Write")
    @Description("Waiting for the disk, while the machine runs")
    @Timespan(Timespan.NANOSECONDS)
    long write;

    @Label("Bytes")
    @Description("Size of the checkpoint on the disk")
    @DataAmount(DataAmount.BYTES)
    long bytes;

    /** The files are open. */
    void opened() {
        open = lap();
    }

    /** The agent's connection is quiesced. */
    void held() {
        hold = lap();
    }

    /** The machine's state is taken, and the machine runs again. */
    void taken() {
        take = lap();
    }

    /** The checkpoint is on the disk. */
    void written(String id, long size) {
        write = lap();
        bytes = size;
        finish(id);
    }
}
