package dev.microsandbox.vmm.image.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.ImageException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A kernel that the script has built is the same asset as one that {@link KernelBuild} builds. */
class BuiltKernelTest {

    @TempDir Path directory;

    @Test
    void hasTheIdentityOfTheBuild() throws Exception {
        KernelBuild build = new KernelBuild();
        BuiltKernel built = new BuiltKernel(build, directory.resolve("vmlinux"));
        assertThat(built.id()).isEqualTo(build.id());
        assertThat(built.source()).isEqualTo(build.source());
    }

    @Test
    void isTheGivenFile() throws Exception {
        Path file = Files.writeString(directory.resolve("vmlinux"), "kernel");
        Path output = directory.resolve("out");
        BuiltKernel built = new BuiltKernel(new KernelBuild(), file);
        built.build(
                new BuildSite(
                        output,
                        directory,
                        null,
                        new ToolRun(directory.resolve("log"), line -> {})));
        assertThat(output).hasContent("kernel");
        assertThatThrownBy(() -> built.check(output)).isInstanceOf(ImageException.class);
    }
}
