package dev.microsandbox.vmm.image;

import dev.microsandbox.vmm.Progress;
import dev.microsandbox.vmm.image.build.AssetBuilder;
import dev.microsandbox.vmm.image.build.AssetKind;
import dev.microsandbox.vmm.image.build.BuildThread;
import dev.microsandbox.vmm.image.build.BuiltKernel;
import dev.microsandbox.vmm.image.build.KernelBuild;
import dev.microsandbox.vmm.image.build.RootfsBuild;
import dev.microsandbox.vmm.image.build.TreeBuild;
import dev.microsandbox.vmm.image.recipe.RecipeParser;
import dev.microsandbox.vmm.image.store.AssetStore;
import dev.microsandbox.vmm.image.store.StoreLayout;
import dev.microsandbox.vmm.image.store.StoreLock;
import dev.microsandbox.vmm.storage.LockFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Builds the default image part by part, for an installation that brings it along: a program for
 * those who make packages in layers, each of which is to be made anew only when its own sources
 * change. Of this module it needs the package alone, and of its sources those of the part.
 *
 * <pre>
 * java dev.microsandbox.vmm.image.InstallationAssets HOME kernel [VMLINUX]|tree|rootfs
 * </pre>
 *
 * <p>VMLINUX is what {@code kernel/build.sh} made of these sources and this host's kernel source.
 *
 * <p>A root file system is made from the tree that was built into the same home before. What an
 * installation needs of {@code HOME/assets} afterwards are the directories of the kernel and of the
 * root file system; see {@link GuestAssetStore#open(Path, Path)}.
 */
final class InstallationAssets {

    private InstallationAssets() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length < 2 || arguments.length > 3) {
            throw new IllegalArgumentException("HOME kernel [VMLINUX]|tree|rootfs");
        }
        StoreLayout layout = new StoreLayout(Path.of(arguments[0]).toAbsolutePath().normalize());
        AssetKind kind = AssetKind.valueOf(arguments[1].toUpperCase(Locale.ROOT));
        AssetBuilder builder =
                arguments.length == 3
                        ? new BuiltKernel(new KernelBuild(), Path.of(arguments[2]))
                        : builder(kind);
        Progress progress = System.err::println;
        BuildThread.call(
                () -> {
                    try (LockFile _ = StoreLock.acquire(layout, progress)) {
                        return new AssetStore(layout, null).ensure(builder, false, progress);
                    }
                });
    }

    private static AssetBuilder builder(AssetKind kind) {
        return switch (kind) {
            case KERNEL -> new KernelBuild();
            case TREE -> new TreeBuild(RecipeParser.defaultRecipe());
            case ROOTFS -> new RootfsBuild(RecipeParser.defaultRecipe());
        };
    }
}
