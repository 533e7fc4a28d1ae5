package dev.microsandbox.vmm.image.store;

import java.nio.file.Path;

/**
 * The paths below the home directory:
 *
 * <pre>
 * images/NAME.recipe        recipe of a named image
 * assets/KIND-KEY/          one built asset: its file, and a manifest
 * assets/building/…         builds under way, or left behind by killed builds
 * assets/logs/…             output of the tools of each build
 * assets/KIND-KEY/in-use    locked by every process that uses the asset
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
