package dev.microsandbox.vmm.image;

import dev.microsandbox.vmm.image.build.AssetBuilder;
import dev.microsandbox.vmm.image.build.AssetKind;
import dev.microsandbox.vmm.image.recipe.Recipe;
import java.util.concurrent.atomic.AtomicInteger;

/** Builders that need no tools and count their builds. */
final class FakeBuilders implements GuestAssetStore.Builders {

    final AtomicInteger kernels = new AtomicInteger();
    final AtomicInteger trees = new AtomicInteger();
    final AtomicInteger rootfs = new AtomicInteger();

    /** How often a store has asked for the builder of a root file system. */
    final AtomicInteger asked = new AtomicInteger();

    String kernelInputs = "k1";
    String kernelSource = "s1";
    String agent = "a1";
    FakeBuilder.Interlude halfWay = () -> {};

    @Override
    public AssetBuilder kernel() {
        return new FakeBuilder(
                AssetKind.KERNEL, kernelInputs, kernelSource, null, kernels, () -> {});
    }

    @Override
    public AssetBuilder rootfs(Recipe recipe) {
        asked.incrementAndGet();
        String packages = String.join("+", recipe.packages().subList(0, 1));
        AssetBuilder tree = new FakeBuilder(AssetKind.TREE, packages, "", null, trees, () -> {});
        return new FakeBuilder(
                AssetKind.ROOTFS, packages + "/" + agent, "", tree, rootfs, () -> halfWay.run());
    }
}
