package dev.microsandbox.vmm.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.image.store.StoreLayout;
import dev.microsandbox.vmm.storage.Forced;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Recipes and stamps survive a power loss. */
@Timeout(60)
class StoredFilesTest {

    @TempDir private Path home;

    @Test
    void aRecipeIsWrittenThrough() throws Exception {
        ImageRecipes recipes = new ImageRecipes(new StoreLayout(home));
        byte[] text = "from default\n".getBytes(UTF_8);
        assertThat(Forced.during(() -> recipes.put("mine", text)))
                .hasSize(3)
                .startsWith(home)
                .endsWith(home.resolve("images"));
        assertThat(Forced.during(() -> recipes.remove("mine")))
                .containsExactly(home.resolve("images"));
    }

    @Test
    void aStampIsWrittenThroughAndStaysReadableForOthers() throws Exception {
        FakeBuilders builders = new FakeBuilders();
        GuestAssets assets = new GuestAssetStore(home, null, builders).resolve("default", _ -> {});
        Path manifest = assets.rootfs().resolveSibling("manifest");
        Files.setPosixFilePermissions(manifest, PosixFilePermissions.fromString("rw-r--r--"));
        String before = Files.readString(manifest);
        Files.setLastModifiedTime(assets.rootfs(), FileTime.from(Instant.EPOCH));

        assertThat(
                        Forced.during(
                                () ->
                                        new GuestAssetStore(home, null, builders)
                                                .resolve("default", _ -> {})))
                .hasSize(2)
                .endsWith(manifest.getParent());

        assertThat(manifest).content().isNotEqualTo(before).contains("modified=1970-01-01");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(manifest)))
                .isEqualTo("rw-r--r--");
    }
}
