package dev.microsandbox.vmm.image.build;

/**
 * The identity of an asset. Assets of one identity differ at most in the version of sources outside
 * this module.
 *
 * @param inputs hash of the sources in this module that it is built from
 */
public record AssetId(AssetKind kind, String inputs) {}
