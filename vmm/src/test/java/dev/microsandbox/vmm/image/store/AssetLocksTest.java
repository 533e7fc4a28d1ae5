package dev.microsandbox.vmm.image.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AssetLocksTest {

    @TempDir private Path home;

    @Test
    void anAssetThatIsGoneCannotBeUsed() throws Exception {
        assertThat(AssetLocks.share(home.resolve("rootfs-gone"))).isFalse();
    }

    @Test
    void aDirectoryThatIsBuiltAnewIsLockedAnew() throws Exception {
        Path asset = Files.createDirectory(home.resolve("asset"));
        assertThat(AssetLocks.share(asset)).isTrue();
        Files.move(asset, home.resolve("aside"));
        Files.createDirectory(asset);
        assertThat(AssetLocks.share(asset)).isTrue();
        assertThat(asset.resolve("in-use")).exists();
    }
}
