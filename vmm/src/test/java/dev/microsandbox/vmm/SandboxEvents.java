package dev.microsandbox.vmm;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** Tells which events of sandboxes the flight recorder gets. */
public final class SandboxEvents {

    /** What is watched. */
    @FunctionalInterface
    public interface Work {
        void run() throws Exception;
    }

    private SandboxEvents() {}

    /** Those about the sandbox, in the order in which they ended. */
    public static List<RecordedEvent> during(String sandbox, Work work) throws Exception {
        Path file = Files.createTempFile("events", ".jfr");
        try (Recording recording = new Recording()) {
            recording.start();
            work.run();
            recording.stop();
            recording.dump(file);
            return RecordingFile.readAllEvents(file).stream()
                    .filter(event -> event.getEventType().getName().startsWith("dev.microsandbox."))
                    .filter(event -> event.getString("sandbox").equals(sandbox))
                    .sorted(Comparator.comparing(RecordedEvent::getEndTime))
                    .toList();
        } finally {
            Files.delete(file);
        }
    }

    /** Their names, without what all begin with. */
    public static List<String> names(List<RecordedEvent> events) {
        return events.stream()
                .map(
                        event ->
                                event.getEventType()
                                        .getName()
                                        .substring("dev.microsandbox.".length()))
                .toList();
    }
}
