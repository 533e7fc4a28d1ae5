package dev.microsandbox.vmm.image.build;

import dev.microsandbox.vmm.ImageException;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Builds one asset. */
public interface AssetBuilder {

    AssetKind kind();

    /** Hash of everything in this module that the asset is built from. */
    String inputs();

    default AssetId id() {
        return new AssetId(kind(), inputs());
    }

    /** The builder of the asset that this one is built on, or null. */
    default @Nullable AssetBuilder base() {
        return null;
    }

    /**
     * The version that this host has of what else the asset is built from.
     *
     * @return null if it is missing and a build would have to install it
     */
    default @Nullable String source() throws IOException, InterruptedException {
        return "";
    }

    /** Installs what the build needs. Afterwards {@link #source} is not null. */
    void prepare(ToolRun tools) throws IOException, InterruptedException;

    /** Builds the site's output file. */
    void build(BuildSite site) throws IOException, InterruptedException;

    /**
     * Inspects a finished file without running it.
     *
     * @throws ImageException if the file is not a valid asset
     */
    default void check(Path file) throws IOException {}
}
