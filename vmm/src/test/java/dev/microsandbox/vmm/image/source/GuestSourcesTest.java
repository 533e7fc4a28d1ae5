package dev.microsandbox.vmm.image.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.ImageException;
import dev.microsandbox.vmm.image.build.KernelBuild;
import dev.microsandbox.vmm.image.build.RootfsBuild;
import dev.microsandbox.vmm.image.recipe.Recipe;
import dev.microsandbox.vmm.image.recipe.RecipeParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GuestSourcesTest {

    private static final Path GUEST = Path.of("src/main/guest");

    /** Parts of the directory that go into no image. */
    private static final List<String> NOT_IN_IMAGES = List.of("agent/tests/", "agent/fuzz/");

    @Test
    void theListsNameEveryFileOfTheDirectory() throws IOException {
        List<String> listed = new ArrayList<>();
        listed.addAll(GuestSources.KERNEL);
        listed.addAll(GuestSources.TREE);
        listed.addAll(GuestSources.ROOTFS);
        listed.add(GuestSources.DEFAULT_RECIPE);
        listed.addAll(GuestSources.AGENT);
        listed.addAll(GuestSources.RUNNER_CONTROL);
        listed.addAll(GuestSources.PROGRAM);
        listed.addAll(GuestSources.SHELL);
        listed.addAll(GuestSources.NODE_MODULE);
        listed.addAll(GuestSources.RUNNERS);

        assertThat(listed).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(directory());
    }

    @Test
    void readsWhatIsInTheDirectory() throws IOException {
        for (String path : directory()) {
            GuestFile file = GuestSources.read(path);
            assertThat(file.content()).as(path).isEqualTo(Files.readAllBytes(GUEST.resolve(path)));
        }
    }

    @Test
    void saysWhatIsMissing() {
        assertThatThrownBy(() -> GuestSources.read("no/such/file"))
                .isInstanceOf(ImageException.class)
                .hasMessage(
                        "This installation is incomplete: guest/no/such/file is not in its jar");
    }

    @Test
    void areHashedOnceAndNotForEachSandbox() {
        GuestFile bundled = GuestSources.read(GuestSources.DEFAULT_RECIPE);
        Recipe recipe = RecipeParser.parse(bundled.path(), bundled.content());
        assertThat(new KernelBuild().inputs()).isSameAs(new KernelBuild().inputs());
        assertThat(new RootfsBuild(recipe).inputs()).isSameAs(new RootfsBuild(recipe).inputs());

        Recipe other =
                new Recipe(
                        recipe.suite(),
                        recipe.mirrors(),
                        List.of("hello"),
                        recipe.filters(),
                        recipe.environment(),
                        recipe.commands());
        assertThat(new RootfsBuild(other).inputs()).isNotEqualTo(new RootfsBuild(recipe).inputs());
    }

    private static List<String> directory() throws IOException {
        try (Stream<Path> files = Files.walk(GUEST)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> GUEST.relativize(file).toString())
                    .filter(path -> NOT_IN_IMAGES.stream().noneMatch(path::startsWith))
                    .filter(path -> !path.contains("__pycache__"))
                    .toList();
        }
    }
}
