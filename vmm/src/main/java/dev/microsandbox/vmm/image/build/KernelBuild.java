package dev.microsandbox.vmm.image.build;

import dev.microsandbox.vmm.image.source.ContentHash;
import dev.microsandbox.vmm.image.source.GuestFile;
import dev.microsandbox.vmm.image.source.GuestSources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes the guest kernel from Debian's kernel source, with {@code kernel/build.sh}. */
public final class KernelBuild implements AssetBuilder {

    private static final String WHAT = "Building the guest kernel";

    private static final String SOURCE_PACKAGE = "linux-source-6.1";

    private static final Path SOURCE_TAR = Path.of("/usr/src/" + SOURCE_PACKAGE + ".tar.xz");

    private static final List<String> PACKAGES =
            List.of(
                    SOURCE_PACKAGE,
                    "gcc",
                    "libc6-dev",
                    "make",
                    "flex",
                    "bison",
                    "bc",
                    "libelf-dev",
                    "patch",
                    "perl",
                    "xz-utils");

    private static final Pattern COMPILED = Pattern.compile("compiled (\\d{1,6})");

    /** Roughly how many objects the build compiles. Only the reported percentage depends on it. */
    private static final int OBJECTS = 1310;

    /** Computed once, because every start of a sandbox asks for it. */
    private static final class Inputs {
        static final String HASH = new ContentHash().files(sources()).hex();
    }

    @Override
    public AssetKind kind() {
        return AssetKind.KERNEL;
    }

    @Override
    public String inputs() {
        return Inputs.HASH;
    }

    @Override
    public @Nullable String source() throws IOException, InterruptedException {
        String version = HostPackages.version(SOURCE_PACKAGE);
        return version == null ? null : SOURCE_PACKAGE + " " + version;
    }

    @Override
    public void prepare(ToolRun tools) throws IOException, InterruptedException {
        HostPackages.require(WHAT, PACKAGES, tools);
    }

    @Override
    public void build(BuildSite site) throws IOException, InterruptedException {
        for (GuestFile file : sources()) {
            file.writeTo(site.scratch());
        }
        Path out = Files.createDirectory(site.scratch().resolve("out"));
        List<String> command =
                List.of(
                        site.scratch().resolve("kernel/build.sh").toString(),
                        SOURCE_TAR.toString(),
                        out.toString());
        site.tools().run(WHAT, Containment.contain(command), KernelBuild::status);
        Files.move(out.resolve("vmlinux"), site.output());
    }

    private static List<GuestFile> sources() {
        return GuestSources.read(GuestSources.KERNEL);
    }

    static @Nullable String status(String line) {
        Matcher compiled = COMPILED.matcher(line);
        if (compiled.matches()) {
            return Math.min(99, Integer.parseInt(compiled.group(1)) * 100 / OBJECTS) + " %";
        }
        return line.startsWith("unpacking ") ? line : null;
    }

    @Override
    public void check(Path file) throws IOException {
        Vmlinux.check(file);
    }
}
