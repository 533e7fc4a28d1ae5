package dev.microsandbox.mcp.bench.measure;

import java.util.List;
import jdk.jfr.consumer.RecordedEvent;

/** The events of a {@link FlightRecording}, in the order of their start. */
public final class SandboxEvents {

    public static final String SANDBOX_START = "dev.microsandbox.SandboxStart";
    public static final String MACHINE_START = "dev.microsandbox.MachineStart";
    public static final String MACHINE_BUILD = "dev.microsandbox.MachineBuild";
    public static final String VCPU_START = "dev.microsandbox.VcpuStart";
    public static final String CHECKPOINT = "dev.microsandbox.Checkpoint";
    public static final String RESTORE = "dev.microsandbox.Restore";

    private final List<RecordedEvent> events;

    SandboxEvents(List<RecordedEvent> events) {
        this.events = events;
    }

    /** The events with this name about one sandbox. */
    public List<RecordedEvent> of(String name, String sandbox) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals(name))
                .filter(event -> event.getString("sandbox").equals(sandbox))
                .toList();
    }
}
