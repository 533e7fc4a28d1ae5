package dev.microsandbox.vmm.image.store;

import dev.microsandbox.vmm.image.build.AssetId;
import dev.microsandbox.vmm.image.build.AssetKind;
import java.nio.file.Path;

/**
 * One built asset in the store.
 *
 * @param installed whether it belongs to the installation, so that this store must not change it
 */
public record Asset(AssetKind kind, Path directory, Manifest manifest, boolean installed) {

    AssetId id() {
        return new AssetId(kind, manifest.inputs());
    }

    public Path file() {
        return directory.resolve(kind.fileName());
    }
}
