package dev.microsandbox.mcp.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * Records events of sandboxes with the JDK's flight recorder while something is measured in this
 * process. {@code docs/vmm.md} describes the events.
 */
public final class FlightRecording implements AutoCloseable {

    private final Recording recording = new Recording();
    private final Path directory;

    private FlightRecording(Path directory) {
        this.directory = directory;
    }

    /**
     * Starts a recording.
     *
     * @param directory where {@link #end} puts its temporary file
     * @param events the names of the events to record
     */
    public static FlightRecording start(Path directory, List<String> events) {
        FlightRecording started = new FlightRecording(directory);
        for (String event : events) {
            started.recording.enable(event).withThreshold(Duration.ZERO).withoutStackTrace();
        }
        started.recording.start();
        return started;
    }

    /** Stops the recording and returns its events. */
    public SandboxEvents end() throws IOException {
        recording.stop();
        Path file = Files.createTempFile(directory, "events", ".jfr");
        try {
            recording.dump(file);
            return new SandboxEvents(
                    RecordingFile.readAllEvents(file).stream()
                            .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                            .toList());
        } finally {
            Files.delete(file);
        }
    }

    /** Discards the recording. */
    @Override
    public void close() {
        recording.close();
    }
}
