package dev.microsandbox.mcp.server;

import dev.microsandbox.vmm.image.GuestAssetStore;
import java.nio.file.Path;

/** The guest images of a home, with those that this installation brought along. */
public final class Images {

    /** Set by the launcher of an installation that has images: their directory. */
    private static final String INSTALLED = "microsandbox.assets";

    private Images() {}

    public static GuestAssetStore of(Path home) {
        String installed = System.getProperty(INSTALLED, "");
        return installed.isEmpty()
                ? GuestAssetStore.open(home)
                : GuestAssetStore.open(home, Path.of(installed));
    }
}
