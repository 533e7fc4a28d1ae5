package dev.microsandbox.vmm;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** Files that the release before the package {@code storage} wrote, which must stay readable. */
public final class FormerRelease {

    private FormerRelease() {}

    /** A file or directory of {@code src/test/resources/formerrelease}. Must not be changed. */
    public static Path file(String name) {
        URL found = FormerRelease.class.getResource("/formerrelease/" + name);
        try {
            return Path.of(Objects.requireNonNull(found, name).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
