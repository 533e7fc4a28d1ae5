package dev.microsandbox.vmm.image.build;

/**
 * What an asset is: two with the same identity differ at most in the version of what this module
 * does not bring along.
 *
 * @param inputs hash of the sources in this module that it is made from
 */
public record AssetId(AssetKind kind, String inputs) {}
