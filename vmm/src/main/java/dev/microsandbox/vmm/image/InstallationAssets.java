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
 * A program that builds the default image part by part, for installations that ship it. Whoever
 * packages in layers, such as a container build, can so repeat only the part whose sources changed.
 * The program needs only the image and storage packages of this module, and only the guest sources
 * of the part that it builds.
 *
 * <pre>
 * java dev.microsandbox.vmm.image.InstallationAssets HOME kernel [VMLINUX]|tree|rootfs
 * </pre>
 *
 * <p>VMLINUX is a kernel that {@code kernel/build.sh} has built from these sources and this host's
 * kernel source.
 *
 * <p>A root file system is built from the tree that an earlier run built in the same home. An
 * installation then needs two directories of {@code HOME/assets}, those of the kernel and of the
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
