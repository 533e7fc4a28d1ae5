package dev.microsandbox.vmm.image.build;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A kernel that {@code kernel/build.sh} has built already. It becomes an asset like any other. */
public record BuiltKernel(KernelBuild build, Path file) implements AssetBuilder {

    @Override
    public AssetKind kind() {
        return build.kind();
    }

    @Override
    public String inputs() {
        return build.inputs();
    }

    @Override
    public @Nullable String source() throws IOException, InterruptedException {
        return build.source();
    }

    @Override
    public void prepare(ToolRun tools) throws IOException, InterruptedException {
        build.prepare(tools);
    }

    @Override
    public void build(BuildSite site) throws IOException {
        Files.copy(file, site.output());
    }

    @Override
    public void check(Path made) throws IOException {
        build.check(made);
    }
}
