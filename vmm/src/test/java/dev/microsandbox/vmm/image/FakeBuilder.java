package dev.microsandbox.vmm.image;

import dev.microsandbox.vmm.image.build.AssetBuilder;
import dev.microsandbox.vmm.image.build.AssetKind;
import dev.microsandbox.vmm.image.build.BuildSite;
import dev.microsandbox.vmm.image.build.ToolRun;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Builds an asset that is a line of text: its inputs, and the line of its base. */
final class FakeBuilder implements AssetBuilder {

    /** Runs half-way through a build. */
    interface Interlude {
        void run() throws IOException, InterruptedException;
    }

    private final AssetKind kind;
    private final String inputs;
    private final @Nullable AssetBuilder base;
    private final AtomicInteger builds;
    private final Interlude halfWay;
    private final String source;

    FakeBuilder(
            AssetKind kind,
            String inputs,
            String source,
            @Nullable AssetBuilder base,
            AtomicInteger builds,
            Interlude halfWay) {
        this.kind = kind;
        this.inputs = inputs;
        this.source = source;
        this.base = base;
        this.builds = builds;
        this.halfWay = halfWay;
    }

    @Override
    public AssetKind kind() {
        return kind;
    }

    @Override
    public String inputs() {
        return inputs;
    }

    @Override
    public @Nullable AssetBuilder base() {
        return base;
    }

    @Override
    public String source() {
        return source;
    }

    @Override
    public void prepare(ToolRun tools) {}

    @Override
    public void build(BuildSite site) throws IOException, InterruptedException {
        builds.incrementAndGet();
        Files.writeString(site.output(), "half");
        halfWay.run();
        String below = site.base() == null ? "" : " on " + Files.readString(site.base());
        Files.writeString(site.output(), inputs + source + below);
    }
}
