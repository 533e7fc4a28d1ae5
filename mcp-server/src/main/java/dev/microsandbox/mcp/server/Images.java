package dev.microsandbox.mcp.server;

import dev.microsandbox.vmm.image.GuestAssetStore;
import java.nio.file.Path;

/** The guest images in a home directory, together with those that this installation includes. */
public final class Images {

    /**
     * The system property that the launcher of an installation with images sets to their directory.
     */
    private static final String INSTALLED = "microsandbox.assets";

    private Images() {}

    public static GuestAssetStore of(Path home) {
        String installed = System.getProperty(INSTALLED, "");
        return installed.isEmpty()
                ? GuestAssetStore.open(home)
                : GuestAssetStore.open(home, Path.of(installed));
    }
}
