package dev.microsandbox.vmm.image;

import dev.microsandbox.vmm.ImageException;
import dev.microsandbox.vmm.image.recipe.ImageName;
import dev.microsandbox.vmm.image.recipe.Recipe;
import dev.microsandbox.vmm.image.recipe.RecipeParser;
import dev.microsandbox.vmm.image.store.StoreLayout;
import dev.microsandbox.vmm.storage.DurableFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** The recipes of named images, which are files in the home. */
final class ImageRecipes {

    private final StoreLayout layout;

    ImageRecipes(StoreLayout layout) {
        this.layout = layout;
    }

    /** All names, sorted. The default image is always among them. */
    Set<String> names() {
        Set<String> names = new TreeSet<>(Set.of(ImageName.DEFAULT));
        String suffix = StoreLayout.RECIPE_SUFFIX;
        try (DirectoryStream<Path> recipes =
                Files.newDirectoryStream(layout.recipes(), "*" + suffix)) {
            for (Path recipe : recipes) {
                String file = recipe.getFileName().toString();
                names.add(file.substring(0, file.length() - suffix.length()));
            }
        } catch (NoSuchFileException e) {
            return names;
        } catch (IOException e) {
            throw ImageException.of("Listing " + layout.recipes(), e);
        }
        return names;
    }

    /**
     * @throws ImageException if there is no such image, or its recipe cannot be read
     */
    Recipe get(String name) {
        Path own = layout.recipe(ImageName.check(name));
        if (Files.exists(own)) {
            return RecipeParser.read(own);
        }
        if (name.equals(ImageName.DEFAULT)) {
            return RecipeParser.defaultRecipe();
        }
        throw new ImageException(
                "There is no image '"
                        + name
                        + "'. There are: "
                        + String.join(", ", names())
                        + ". Build one with 'msb image build --recipe FILE --name "
                        + name
                        + "'");
    }

    void put(String name, byte[] text) throws IOException {
        Path _ = DurableFiles.createDirectories(layout.recipes());
        DurableFiles.replace(layout.recipe(name), text);
    }

    void remove(String name) throws IOException {
        boolean _ = DurableFiles.delete(layout.recipe(name));
    }
}
