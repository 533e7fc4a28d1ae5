package dev.microsandbox.vmm.image.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.microsandbox.vmm.ImageException;
import dev.microsandbox.vmm.image.source.GuestFile;
import dev.microsandbox.vmm.image.source.GuestSources;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipeParserTest {

    /** The message names file and line. */
    @FuzzTest
    void anyBytesAreARecipeOrRefused(byte[] bytes) {
        try {
            Recipe recipe = RecipeParser.parse("a.recipe", bytes);
            assertThat(recipe.suite()).matches("[a-z][a-z0-9-]*");
        } catch (ImageException e) {
            assertThat(e.getMessage()).matches("(?s)(a|rootfs/default)\\.recipe:.*");
        }
    }

    @Test
    void readsEveryDirective() {
        Recipe recipe =
                parse(
                        """
                        # A comment.
                        suite bookworm
                          mirror deb [trusted=yes] http://mirror.test/debian bookworm main

                        package bash   python3
                        package curl=7.88.1-10+deb12u8 libc6:amd64
                        exclude /usr/share/doc/* /usr/share/man/*
                        include /usr/share/doc/*/copyright
                        env GREETING=it's me, with spaces # and no comment
                        env EMPTY=
                        run echo one \\
                            two
                        run true
                        """);

        assertThat(recipe)
                .isEqualTo(
                        new Recipe(
                                "bookworm",
                                List.of(
                                        "deb [trusted=yes] http://mirror.test/debian bookworm main"),
                                List.of("bash", "python3", "curl=7.88.1-10+deb12u8", "libc6:amd64"),
                                List.of(
                                        "path-exclude=/usr/share/doc/*",
                                        "path-exclude=/usr/share/man/*",
                                        "path-include=/usr/share/doc/*/copyright"),
                                List.of("GREETING=it's me, with spaces # and no comment", "EMPTY="),
                                List.of("echo one two", "true")));
    }

    @Test
    void givesTheEnvironmentToTheCommands() {
        Recipe recipe = parse("suite bookworm\nenv GREETING=it's me\nrun echo \"$GREETING\"\n");

        assertThat(file(recipe, "run.sh"))
                .isEqualTo("export 'GREETING=it'\\''s me'\necho \"$GREETING\"\n");
        assertThat(file(recipe, "environment")).isEqualTo("GREETING=it's me\n");
        assertThat(file(recipe, "mirrors")).isEmpty();
    }

    @Test
    void aLanguageIsThePackagesThatItsManifestNames() {
        assertThat(parse("suite bookworm\npackage gcc\nlanguage c golang R\n").packages())
                .containsExactly("gcc", "libc6-dev", "golang-go", "r-base-core");
    }

    @Test
    void fromTheDefaultRecipeItGoesOn() {
        Recipe recipe = parse("# mine\nfrom default\nlanguage ruby\nenv A=b\nrun true\n");
        GuestFile file = GuestSources.read(GuestSources.DEFAULT_RECIPE);
        Recipe bundled = RecipeParser.parse(file.path(), file.content());
        assertThat(recipe.suite()).isEqualTo(bundled.suite());
        assertThat(recipe.filters()).isEqualTo(bundled.filters());
        assertThat(recipe.packages()).startsWith("bash").contains("python3").endsWith("ruby");
        assertThat(recipe.packages()).hasSize(bundled.packages().size() + 1);
        assertThat(recipe.environment()).startsWith("MPLCONFIGDIR=/var/cache/matplotlib");
        assertThat(recipe.environment()).endsWith("A=b");
        assertThat(recipe.commands()).endsWith("true");
        assertThatThrownBy(() -> parse("from science\n"))
                .hasMessage("my.recipe:1: 'from' knows one recipe: 'from default'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "packages bash             | :2: unknown directive 'packages'; there are from,",
                "from default              | :2: 'from' must be the first directive",
                "language cobol            | :2: 'cobol' is not a language; there are c, cpp, go,",
                "suite trixie              | :2: a second 'suite'",
                "package                   | :2: 'package' needs a value",
                "package Bash              | :2: 'Bash' is not a package's name",
                "package bash;id           | :2: 'bash;id' is not a package's name",
                "package --force           | :2: '--force' is not a package's name",
                "exclude usr/share/doc     | :2: 'usr/share/doc' is not an absolute path",
                "env =x                    | :2: 'env' needs NAME=VALUE",
                "env A-B=x                 | :2: 'env' needs NAME=VALUE",
                "run                       | :2: 'run' needs a value",
                "run true \\               | :2: the last line cannot end in a backslash",
            })
    void namesFileAndLine(String line, String message) {
        assertThatThrownBy(() -> parse("suite bookworm\n" + line))
                .isInstanceOf(ImageException.class)
                .hasMessageStartingWith("my.recipe" + message);
    }

    @Test
    void namesTheLineWhereADirectiveBegins() {
        assertThatThrownBy(() -> parse("suite bookworm\npackage a1 \\\n  a2 \\\n  A3\nrun true\n"))
                .hasMessage("my.recipe:2: 'A3' is not a package's name");
    }

    @Test
    void refusesWhatIsNoRecipe() {
        assertThatThrownBy(() -> parse("package bash\n"))
                .hasMessage("my.recipe: no 'suite' line, such as 'suite bookworm'");
        assertThatThrownBy(() -> parse("suite ../etc\n"))
                .hasMessageContaining("'../etc' is not a Debian release");
        assertThatThrownBy(() -> parse("suite bookworm\nrun echo \u0007\n"))
                .hasMessage("my.recipe:2: a control character");
        assertThatThrownBy(() -> RecipeParser.parse("my.recipe", new byte[] {'s', (byte) 0xff}))
                .hasMessage("my.recipe: not UTF-8 text, so not a recipe");
        assertThatThrownBy(() -> parse("#".repeat(RecipeParser.MAX_BYTES + 1)))
                .hasMessage("my.recipe: longer than 64 KiB, so not a recipe");
    }

    @Test
    void saysWhatCannotBeRead(@TempDir Path directory) {
        Path missing = directory.resolve("missing");
        assertThatThrownBy(() -> RecipeParser.read(missing))
                .isInstanceOf(ImageException.class)
                .hasMessage("There is no recipe " + missing);
        assertThatThrownBy(() -> RecipeParser.read(directory))
                .isInstanceOf(ImageException.class)
                .hasMessageStartingWith("Reading the recipe " + directory);
    }

    @Test
    void acceptsWindowsLineEnds(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("r"), "suite bookworm\r\npackage bash\r\n");
        assertThat(RecipeParser.read(file).packages()).containsExactly("bash");
    }

    @Test
    void theDefaultRecipeIsOne() {
        GuestFile file = GuestSources.read(GuestSources.DEFAULT_RECIPE);
        Recipe recipe = RecipeParser.parse(file.path(), file.content());
        assertThat(recipe.suite()).isEqualTo("bookworm");
        assertThat(recipe.packages()).contains("python3", "ipython3", "nodejs", "git", "gcc");
        // The description of run_code promises these.
        for (String language : List.of("python", "javascript", "shell", "typescript", "c", "cpp")) {
            assertThat(recipe.packages())
                    .containsAll(LanguageManifest.find(language).orElseThrow().packages());
        }
    }

    private static Recipe parse(String text) {
        return RecipeParser.parse("my.recipe", text.getBytes(StandardCharsets.UTF_8));
    }

    private static String file(Recipe recipe, String path) {
        return recipe.files().stream()
                .filter(file -> file.path().equals(path))
                .map(file -> new String(file.content(), StandardCharsets.UTF_8))
                .findFirst()
                .orElseThrow();
    }
}
