package dev.microsandbox.vmm.image;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An image that can be used by its name.
 *
 * @param name its name
 * @param built when its root file system was built; null if it is not built yet
 * @param rootfsBytes size of its root file system; 0 if it is not built yet
 */
public record ImageInfo(String name, @Nullable Instant built, long rootfsBytes) {}
