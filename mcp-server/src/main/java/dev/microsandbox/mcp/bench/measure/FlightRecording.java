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
 * Events of sandboxes, which the JDK's flight recorder takes down while something is measured in
 * this process. The library's events are described in {@code docs/vmm.md}.
 */
public final class FlightRecording implements AutoCloseable {

    private final Recording recording = new Recording();
    private final Path directory;

    private FlightRecording(Path directory) {
        this.directory = directory;
    }

    /**
     * Begins.
     *
     * @param directory for a file while it ends
     * @param events their names
     */
    public static FlightRecording start(Path directory, List<String> events) {
        FlightRecording started = new FlightRecording(directory);
        for (String event : events) {
            started.recording.enable(event).withThreshold(Duration.ZERO).withoutStackTrace();
        }
        started.recording.start();
        return started;
    }

    /** Ends it, and reads what it has. */
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

    /** Forgets what it has. */
    @Override
    public void close() {
        recording.close();
    }
}
