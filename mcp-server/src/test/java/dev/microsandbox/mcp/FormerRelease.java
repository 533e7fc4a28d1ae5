package dev.microsandbox.mcp;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Files written by the last release before the package {@code storage}. They must stay readable.
 */
public final class FormerRelease {

    private FormerRelease() {}

    /**
     * A file or directory of {@code src/test/resources/formerrelease}. The test must not modify it.
     */
    public static Path file(String name) {
        URL found = FormerRelease.class.getResource("/formerrelease/" + name);
        try {
            return Path.of(Objects.requireNonNull(found, name).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
