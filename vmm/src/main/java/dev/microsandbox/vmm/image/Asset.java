package dev.microsandbox.vmm.image;

import java.nio.file.Path;

/** One built asset in the store. */
record Asset(AssetKind kind, Path directory, Manifest manifest) {

    AssetId id() {
        return new AssetId(kind, manifest.inputs());
    }

    Path file() {
        return directory.resolve(kind.fileName());
    }
}
