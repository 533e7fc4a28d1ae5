package dev.microsandbox.vmm.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** Finds out which files and directories are synced to the disk, from the JDK's recorded events. */
public final class Forced {

    /** The work to observe. */
    @FunctionalInterface
    public interface Work {
        void run() throws Exception;
    }

    private Forced() {}

    /** The paths that are synced, in order. */
    public static List<Path> during(Work work) throws Exception {
        Path file = Files.createTempFile("forced", ".jfr");
        try (Recording recording = new Recording()) {
            recording.enable("jdk.FileForce").withThreshold(Duration.ZERO).withoutStackTrace();
            recording.start();
            work.run();
            recording.stop();
            recording.dump(file);
            return paths(file);
        } finally {
            Files.delete(file);
        }
    }

    private static List<Path> paths(Path recording) throws IOException {
        return RecordingFile.readAllEvents(recording).stream()
                .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                .map(event -> Path.of(event.getString("path")))
                .toList();
    }
}
