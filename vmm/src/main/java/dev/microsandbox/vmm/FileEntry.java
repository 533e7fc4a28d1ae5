package dev.microsandbox.vmm;

/**
 * An entry of a listing.
 *
 * @param path relative to the listed directory; bytes that are not UTF-8 are replaced
 */
public record FileEntry(String path, FileStat stat) {}
