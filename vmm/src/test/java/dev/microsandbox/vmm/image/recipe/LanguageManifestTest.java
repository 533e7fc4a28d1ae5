package dev.microsandbox.vmm.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.image.source.GuestFile;
import dev.microsandbox.vmm.image.source.GuestSources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LanguageManifestTest {

    /** All keys of manifests. The agent and the runners each ignore keys that they do not know. */
    private static final Set<String> KEYS =
            Set.of(
                    "start",
                    "file",
                    "compile",
                    "run",
                    "env",
                    "alias",
                    "version",
                    "requires",
                    "package");

    @Test
    void everyLanguageHasPackagesAndNamesThatNoOtherHas() {
        List<LanguageManifest> all = LanguageManifest.all();
        assertThat(all)
                .extracting(LanguageManifest::name)
                .contains("c", "cpp", "go", "java", "python", "r", "ruby", "shell", "typescript")
                .isSorted();
        Set<String> names = new HashSet<>();
        for (LanguageManifest each : all) {
            assertThat(each.packages()).as(each.name()).isNotEmpty();
            Stream.concat(Stream.of(each.name()), each.aliases().stream())
                    .forEach(name -> assertThat(names.add(name)).as(name).isTrue());
            assertThat(names).allMatch(name -> name.equals(name.toLowerCase(Locale.ROOT)));
        }
    }

    @Test
    void isFoundByNameAndAliasInAnyCase() {
        assertThat(LanguageManifest.find("C++")).map(LanguageManifest::name).contains("cpp");
        assertThat(LanguageManifest.find("R")).map(LanguageManifest::name).contains("r");
        assertThat(LanguageManifest.find("golang"))
                .map(LanguageManifest::packages)
                .contains(List.of("golang-go"));
        assertThat(LanguageManifest.find("cobol")).isEmpty();
    }

    @Test
    void manifestsHaveNoMistypedKeys() throws Exception {
        for (LanguageManifest each : LanguageManifest.all()) {
            Path manifest = Path.of("src/main/guest/runners", each.name(), "manifest");
            for (String line : Files.readAllLines(manifest)) {
                if (!line.startsWith("#")) {
                    assertThat(KEYS).as("%s: %s", manifest, line).contains(line.split("=", 2)[0]);
                }
            }
        }
    }

    @Test
    void theGuidesListEveryLanguage() throws Exception {
        String tools = Files.readString(Path.of("../docs/tools.md"));
        String images = Files.readString(Path.of("../docs/guest-images.md"));
        GuestFile recipe = GuestSources.read(GuestSources.DEFAULT_RECIPE);
        List<String> included = RecipeParser.parse(recipe.path(), recipe.content()).packages();
        List<String> added = new ArrayList<>();
        for (LanguageManifest each : LanguageManifest.all()) {
            assertThat(tools)
                    .as("the table of languages")
                    .containsPattern("(?m)^\\|[^|]*`" + each.name() + "`[^|]*\\|[^|]*\\|[^|]*\\|$");
            each.aliases().forEach(alias -> assertThat(tools).contains("`" + alias + "`"));
            if (!included.containsAll(each.packages())) {
                added.add(each.name());
            }
        }
        assertThat(added).contains("go").doesNotContain("python", "shell", "c");
        assertThat(Pattern.compile("`--with (\\w+)`").matcher(images).results())
                .extracting(row -> row.group(1))
                .containsExactlyElementsOf(added);
    }
}
