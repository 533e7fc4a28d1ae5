package dev.microsandbox.vmm.image.build;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where an asset is made.
 *
 * @param output the file to make
 * @param scratch an empty directory on the same file system, thrown away afterwards
 * @param base file of the asset that this one is made from, or null
 */
public record BuildSite(Path output, Path scratch, @Nullable Path base, ToolRun tools) {}
