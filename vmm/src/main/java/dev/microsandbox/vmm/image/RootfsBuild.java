package dev.microsandbox.vmm.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Lays agent and runners over a tree and makes a file system of it. */
final class RootfsBuild implements AssetBuilder {

    private static final String AGENT = "microsandbox-agent";

    /** Where the runners' directories are in a guest. */
    private static final String LIBRARY = "usr/lib/microsandbox";

    private final List<GuestFile> scripts = GuestSources.read(GuestSources.ROOTFS);
    private final List<GuestFile> agent = GuestSources.read(GuestSources.AGENT);
    private final List<GuestFile> runners = GuestSources.read(GuestSources.RUNNERS);
    private final TreeBuild tree;

    RootfsBuild(Recipe recipe) {
        tree = new TreeBuild(recipe);
    }

    @Override
    public AssetKind kind() {
        return AssetKind.ROOTFS;
    }

    @Override
    public String inputs() {
        return new ContentHash()
                .text(tree.inputs())
                .files(scripts)
                .files(agent)
                .files(runners)
                .hex();
    }

    @Override
    public AssetBuilder base() {
        return tree;
    }

    @Override
    public void prepare(ToolRun tools) throws IOException, InterruptedException {
        HostPackages.require(
                "Making a root file system",
                List.of("erofs-utils", "gcc", "linux-libc-dev", "make", "musl-tools"),
                tools);
    }

    @Override
    public void build(BuildSite site) throws IOException, InterruptedException {
        Path scratch = site.scratch();
        for (GuestFile file : scripts) {
            file.writeTo(scratch);
        }
        Path additions = Files.createDirectory(scratch.resolve("additions"));
        addAgent(site, additions);
        for (GuestFile file : runners) {
            file.writeTo(additions.resolve(LIBRARY));
        }
        List<String> command =
                List.of(
                        scratch.resolve("rootfs/image.sh").toString(),
                        Objects.requireNonNull(site.base()).toString(),
                        additions.toString(),
                        site.output().toString());
        site.tools().run("Making the root file system", Containment.asRoot(command));
    }

    private void addAgent(BuildSite site, Path additions) throws IOException, InterruptedException {
        for (GuestFile file : agent) {
            file.writeTo(site.scratch());
        }
        Path built = Files.createDirectory(site.scratch().resolve("built"));
        site.tools()
                .run(
                        "Compiling the agent",
                        Containment.contain(
                                List.of(
                                        "make",
                                        "-C",
                                        site.scratch().resolve("agent").toString(),
                                        "OUT=" + built)));
        Path sbin = Files.createDirectory(additions.resolve("sbin"));
        Files.move(built.resolve(AGENT), sbin.resolve(AGENT));
    }

    @Override
    public void check(Path file) throws IOException {
        Erofs.check(file);
    }
}
