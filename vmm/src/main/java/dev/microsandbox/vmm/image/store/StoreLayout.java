package dev.microsandbox.vmm.image.store;

import java.nio.file.Path;

/**
 * Where things are below the home directory:
 *
 * <pre>
 * images/NAME.recipe        recipe of a named image
 * assets/KIND-KEY/          one built asset: its file, and a manifest
 * assets/building/…         builds under way, or left by a build that was killed
 * assets/logs/…             output of the tools of each build
 * assets/KIND-KEY/in-use    locked by the processes that use the asset
 * assets/lock               held while building or removing
 * </pre>
 */
public record StoreLayout(Path home) {

    public static final String RECIPE_SUFFIX = ".recipe";

    public Path recipes() {
        return home.resolve("images");
    }

    public Path recipe(String name) {
        return recipes().resolve(name + RECIPE_SUFFIX);
    }

    public Path assets() {
        return home.resolve("assets");
    }

    Path building() {
        return assets().resolve("building");
    }

    Path logs() {
        return assets().resolve("logs");
    }

    Path lock() {
        return assets().resolve("lock");
    }
}
