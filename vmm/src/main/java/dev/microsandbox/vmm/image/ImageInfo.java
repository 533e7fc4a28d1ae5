package dev.microsandbox.vmm.image;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An image that can be used by its name.
 *
 * @param name its name
 * @param built when its root file system was built; null if that is still to be done
 * @param rootfsBytes size of its root file system, 0 while it is not built
 */
public record ImageInfo(String name, @Nullable Instant built, long rootfsBytes) {}
