package dev.microsandbox.vmm;

/**
 * An entry of a listing.
 *
 * @param path relative to the listed directory, as {@link SandboxFiles} takes it
 */
public record FileEntry(String path, FileStat stat) {}
