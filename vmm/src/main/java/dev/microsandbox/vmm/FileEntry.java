package dev.microsandbox.vmm;

/**
 * An entry of a listing.
 *
 * @param path relative to the listed directory, in the form that {@link SandboxFiles} accepts
 */
public record FileEntry(String path, FileStat stat) {}
