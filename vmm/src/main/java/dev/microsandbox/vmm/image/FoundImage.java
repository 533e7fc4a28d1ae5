package dev.microsandbox.vmm.image;

import dev.microsandbox.vmm.image.store.FileStamp;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image as it was found, with the stamps of every path that decides which files it has. Checking
 * the stamps takes microseconds; finding the image again takes milliseconds.
 */
record FoundImage(GuestAssets assets, Map<Path, Optional<FileStamp>> stamps) {

    /** The resolution of file times: a second write within it may leave the stamp as it was. */
    private static final Duration STEP = Duration.ofSeconds(1);

    /** The stamps of files that may be absent. Take them before looking for the image. */
    static Map<Path, Optional<FileStamp>> look(List<Path> paths) throws IOException {
        Map<Path, Optional<FileStamp>> stamps = new LinkedHashMap<>();
        for (Path path : paths) {
            stamps.put(path, stamp(path));
        }
        return stamps;
    }

    /** Whether any later change is certain to change a stamp. */
    boolean isSettled() {
        Instant now = Instant.now();
        return stamps.values().stream()
                .flatMap(Optional::stream)
                .allMatch(stamp -> stamp.modified().plus(STEP).isBefore(now));
    }

    /** Whether no stamp has changed since. */
    boolean isCurrent() throws IOException {
        for (Map.Entry<Path, Optional<FileStamp>> seen : stamps.entrySet()) {
            if (!seen.getValue().equals(stamp(seen.getKey()))) {
                return false;
            }
        }
        return true;
    }

    private static Optional<FileStamp> stamp(Path path) throws IOException {
        try {
            return Optional.of(FileStamp.of(path));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
