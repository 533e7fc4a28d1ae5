package dev.microsandbox.vmm.image.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.image.recipe.RecipeParser;
import dev.microsandbox.vmm.storage.Sha256;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentHashTest {

    private static final GuestFile ONE = GuestFile.text("one", "1");
    private static final GuestFile TWO = GuestFile.text("two", "22");

    @Test
    void staysTheSame() {
        // A change of this hash makes every store build every image again.
        assertThat(hash(ONE, TWO))
                .isEqualTo("4cdad80a66c3015480ca4b88d3c0e87033af457b187a5cd7c36fccb134d7811c");
    }

    @Test
    void doesNotDependOnTheOrder() {
        assertThat(hash(ONE, TWO)).isEqualTo(hash(TWO, ONE));
    }

    @Test
    void dependsOnPathModeAndContent() {
        assertThat(
                        List.of(
                                hash(ONE),
                                hash(GuestFile.text("uno", "1")),
                                hash(GuestFile.text("one", "2")),
                                hash(new GuestFile("one", true, ONE.content())),
                                hash(ONE, TWO),
                                hash()))
                .doesNotHaveDuplicates();
    }

    @Test
    void keepsFieldsApart() {
        assertThat(hash(GuestFile.text("on", "e1"))).isNotEqualTo(hash(GuestFile.text("one", "1")));
        assertThat(new ContentHash().text("a").text("bc").hex())
                .isNotEqualTo(new ContentHash().text("ab").text("c").hex());
    }

    @Test
    void hashesFilesAsSha256sumDoes(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("abc"), "abc");
        assertThat(Sha256.ofFile(file))
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    @Test
    void commentsOfARecipeDoNotCount() {
        String plain = "suite bookworm\npackage bash curl\n";
        assertThat(recipeHash(plain)).isEqualTo(recipeHash("# Mine.\n" + plain + "\n\n"));
        assertThat(recipeHash(plain))
                .isEqualTo(recipeHash("suite   bookworm\npackage bash\npackage \\\ncurl\n"));
        assertThat(recipeHash(plain)).isNotEqualTo(recipeHash(plain + "run true\n"));
    }

    private static String recipeHash(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return new ContentHash().files(RecipeParser.parse("r", bytes).files()).hex();
    }

    private static String hash(GuestFile... files) {
        return new ContentHash().files(List.of(files)).hex();
    }
}
