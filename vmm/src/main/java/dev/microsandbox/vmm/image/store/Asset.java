package dev.microsandbox.vmm.image.store;

import dev.microsandbox.vmm.image.build.AssetId;
import dev.microsandbox.vmm.image.build.AssetKind;
import java.nio.file.Path;

/**
 * One built asset in the store.
 *
 * @param installed whether it came with this installation and is not this store's to change
 */
public record Asset(AssetKind kind, Path directory, Manifest manifest, boolean installed) {

    AssetId id() {
        return new AssetId(kind, manifest.inputs());
    }

    public Path file() {
        return directory.resolve(kind.fileName());
    }
}
