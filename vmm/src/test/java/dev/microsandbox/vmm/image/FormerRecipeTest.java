package dev.microsandbox.vmm.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.FormerRelease;
import dev.microsandbox.vmm.image.recipe.Recipe;
import dev.microsandbox.vmm.image.recipe.RecipeParser;
import dev.microsandbox.vmm.image.source.ContentHash;
import dev.microsandbox.vmm.image.store.StoreLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recipes of the former release. */
class FormerRecipeTest {

    @Test
    void aRecipeIsReadAndWrittenAsItWas(@TempDir Path home) throws IOException {
        byte[] former = Files.readAllBytes(FormerRelease.file("mine.recipe"));
        StoreLayout layout = new StoreLayout(home);
        new ImageRecipes(layout).put("mine", former);
        assertThat(layout.recipe("mine")).hasBinaryContent(former);
        assertThat(new ImageRecipes(layout).names()).containsExactly("default", "mine");
        Recipe expected = RecipeParser.parse("mine", former);
        assertThat(hash(new ImageRecipes(layout).get("mine"))).isEqualTo(hash(expected));
    }

    private static String hash(Recipe recipe) {
        return new ContentHash().files(recipe.files()).hex();
    }
}
