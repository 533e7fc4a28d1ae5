package dev.microsandbox.vmm.image.build;

import dev.microsandbox.vmm.ImageException;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Knows how to make one asset. */
public interface AssetBuilder {

    AssetKind kind();

    /** Hash of everything in this module that the asset is made from. */
    String inputs();

    default AssetId id() {
        return new AssetId(kind(), inputs());
    }

    /** The asset that this one is made from, or null. */
    default @Nullable AssetBuilder base() {
        return null;
    }

    /**
     * Version of what else the asset is made from, as it is on this host now.
     *
     * @return null where it is missing and a build would have to fetch it
     */
    default @Nullable String source() throws IOException, InterruptedException {
        return "";
    }

    /** Sees to what the build needs, so that {@link #source} is not null afterwards. */
    void prepare(ToolRun tools) throws IOException, InterruptedException;

    /** Makes the site's output. */
    void build(BuildSite site) throws IOException, InterruptedException;

    /**
     * Looks at a finished file, without running it.
     *
     * @throws ImageException if it is not what it should be
     */
    default void check(Path file) throws IOException {}
}
