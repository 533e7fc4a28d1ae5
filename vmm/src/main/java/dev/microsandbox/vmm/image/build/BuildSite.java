package dev.microsandbox.vmm.image.build;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The files and directories of one build.
 *
 * @param output the file to build
 * @param scratch an empty directory on the same file system, deleted after the build
 * @param base the file of the asset that this one is built on, or null
 */
public record BuildSite(Path output, Path scratch, @Nullable Path base, ToolRun tools) {}
