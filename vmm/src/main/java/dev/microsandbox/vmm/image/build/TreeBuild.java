package dev.microsandbox.vmm.image.build;

import dev.microsandbox.vmm.image.recipe.Recipe;
import dev.microsandbox.vmm.image.source.ContentHash;
import dev.microsandbox.vmm.image.source.GuestFile;
import dev.microsandbox.vmm.image.source.GuestSources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Installs the system that a recipe describes, with {@code rootfs/tree.sh} and mmdebstrap. */
public final class TreeBuild implements AssetBuilder {

    private static final String WHAT = "Installing the image's packages";

    /** The start of mmdebstrap's own lines. */
    private static final String INFORMATION = "I: ";

    /**
     * Hashes by the hash of the recipe, which is all that varies. Every start of a sandbox asks.
     */
    private static final Map<String, String> INPUTS = new ConcurrentHashMap<>();

    private final Recipe recipe;

    public TreeBuild(Recipe recipe) {
        this.recipe = recipe;
    }

    @Override
    public AssetKind kind() {
        return AssetKind.TREE;
    }

    @Override
    public String inputs() {
        return INPUTS.computeIfAbsent(
                new ContentHash().files(recipe.files()).hex(),
                _ -> new ContentHash().files(sources()).files(recipe.files()).hex());
    }

    @Override
    public void prepare(ToolRun tools) throws IOException, InterruptedException {
        List<String> packages =
                HostUser.isRoot() ? List.of("mmdebstrap") : List.of("mmdebstrap", "uidmap");
        HostPackages.require(WHAT, packages, tools);
    }

    @Override
    public void build(BuildSite site) throws IOException, InterruptedException {
        for (GuestFile file : sources()) {
            file.writeTo(site.scratch());
        }
        Path taken = Files.createDirectory(site.scratch().resolve("recipe"));
        for (GuestFile file : recipe.files()) {
            file.writeTo(taken);
        }
        // The script puts temporary files next to its output.
        Path made = site.scratch().resolve(kind().fileName());
        List<String> command =
                List.of(
                        site.scratch().resolve("rootfs/tree.sh").toString(),
                        taken.toString(),
                        made.toString());
        site.tools().run(WHAT, Containment.contain(command), TreeBuild::status);
        Files.move(made, site.output());
    }

    private static List<GuestFile> sources() {
        return GuestSources.read(GuestSources.TREE);
    }

    static @Nullable String status(String line) {
        return line.startsWith(INFORMATION) && line.endsWith("...")
                ? line.substring(INFORMATION.length(), line.length() - "...".length())
                : null;
    }
}
