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
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** Adds agent and runners to a tree and turns it into a file system. */
public final class RootfsBuild implements AssetBuilder {

    /** The directory of the runners in a guest. */
    private static final String LIBRARY = "usr/lib/microsandbox";

    /** Hashed in this order, before the runners. */
    private static final List<List<String>> SCRIPTS_AND_PROGRAMS =
            List.of(
                    GuestSources.ROOTFS,
                    GuestSources.AGENT,
                    GuestSources.RUNNER_CONTROL,
                    GuestSources.PROGRAM,
                    GuestSources.SHELL,
                    GuestSources.NODE_MODULE);

    /** Hashes by the hash of the tree, which is all that varies. Every start of a sandbox asks. */
    private static final Map<String, String> INPUTS = new ConcurrentHashMap<>();

    private final TreeBuild tree;

    public RootfsBuild(Recipe recipe) {
        tree = new TreeBuild(recipe);
    }

    @Override
    public AssetKind kind() {
        return AssetKind.ROOTFS;
    }

    @Override
    public String inputs() {
        return INPUTS.computeIfAbsent(tree.inputs(), RootfsBuild::inputs);
    }

    private static String inputs(String tree) {
        ContentHash hash = new ContentHash().text(tree);
        for (List<String> sources : SCRIPTS_AND_PROGRAMS) {
            ContentHash _ = hash.files(GuestSources.read(sources));
        }
        return hash.files(GuestSources.read(GuestSources.RUNNERS)).hex();
    }

    @Override
    public AssetBuilder base() {
        return tree;
    }

    @Override
    public void prepare(ToolRun tools) throws IOException, InterruptedException {
        HostPackages.require(
                "Making a root file system",
                // The build does not need QEMU, but hosts without KVM need it to run the image.
                List.of(
                        "erofs-utils",
                        "gcc",
                        "linux-libc-dev",
                        "make",
                        "musl-tools",
                        "qemu-system-x86"),
                tools);
    }

    @Override
    public void build(BuildSite site) throws IOException, InterruptedException {
        Path scratch = site.scratch();
        for (List<String> sources : SCRIPTS_AND_PROGRAMS) {
            for (GuestFile file : GuestSources.read(sources)) {
                file.writeTo(scratch);
            }
        }
        Path additions = Files.createDirectory(scratch.resolve("additions"));
        for (GuestFile file : GuestSources.read(GuestSources.RUNNERS)) {
            file.writeTo(additions.resolve(LIBRARY));
        }
        add(site, "agent", "microsandbox-agent", additions.resolve("sbin"));
        add(site, "runners/program", "microsandbox-program", additions.resolve(LIBRARY));
        add(site, "runners/shell", "microsandbox-shell", additions.resolve(LIBRARY));
        add(
                site,
                "runners/javascript/native",
                "openssl.node",
                additions.resolve(LIBRARY).resolve("runners/javascript"));
        // The script puts temporary files next to its output.
        Path made = scratch.resolve(kind().fileName());
        List<String> command =
                List.of(
                        scratch.resolve("rootfs/image.sh").toString(),
                        Objects.requireNonNull(site.base()).toString(),
                        additions.toString(),
                        made.toString());
        site.tools().run("Making the root file system", Containment.asRoot(command));
        Files.move(made, site.output());
    }

    /** Compiles a guest program and copies it into a directory. */
    private static void add(BuildSite site, String source, String program, Path directory)
            throws IOException, InterruptedException {
        Path built = Files.createDirectory(site.scratch().resolve(program));
        List<String> command =
                List.of("make", "-C", site.scratch().resolve(source).toString(), "OUT=" + built);
        site.tools().run("Compiling " + program, Containment.contain(command));
        Files.createDirectories(directory);
        Files.copy(built.resolve(program), directory.resolve(program));
    }

    @Override
    public void check(Path file) throws IOException {
        Erofs.check(file);
    }
}
