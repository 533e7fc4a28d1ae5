package dev.microsandbox.vmm.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.HalfWayProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Processes of other versions build while a server uses the assets of its own version. */
@Timeout(60)
class AssetsInUseTest {

    @TempDir private Path home;

    private final FakeBuilders builders = new FakeBuilders();

    @Test
    void whatAnotherProcessUsesIsNotPrunedUntilThatEnds() throws Exception {
        Path used;
        try (HalfWayProcess server = StoreProcess.using(home, "a1")) {
            server.awaitHalfWay();
            used = resolve("a1");
            buildOthers("a2", "a3", "a4");
            assertThat(used).hasContent("bash/a1 on bash");
            server.kill();
        }
        buildOthers("a5");
        assertThat(used).doesNotExist();
    }

    @Test
    void twoProcessesCanUseOneAsset() throws Exception {
        try (HalfWayProcess first = StoreProcess.using(home, "a1")) {
            first.awaitHalfWay();
            try (HalfWayProcess second = StoreProcess.using(home, "a1")) {
                second.awaitHalfWay();
                first.kill();
                Path used = resolve("a1");
                buildOthers("a2", "a3", "a4");
                assertThat(used).exists();
            }
        }
    }

    @Test
    void anAssetOfAVersionWithoutLockFilesIsKeptToo() throws Exception {
        Path used = resolve("a1");
        Files.delete(used.resolveSibling("in-use"));
        try (HalfWayProcess server = StoreProcess.using(home, "a1")) {
            server.awaitHalfWay();
            buildOthers("a2", "a3", "a4");
            assertThat(used).exists();
        }
    }

    @Test
    void aStoreKeepsWhatItHasResolvedItself() throws Exception {
        GuestAssetStore store = new GuestAssetStore(home, null, builders);
        Path used = store.resolve("default", line -> {}).rootfs();
        for (String agent : List.of("a2", "a3", "a4")) {
            builders.agent = agent;
            assertThat(store.resolve("default", line -> {}).rootfs()).isNotEqualTo(used);
        }
        assertThat(used).exists();
    }

    @Test
    void whatIsRemovedAndBuiltAgainIsKept() throws Exception {
        Path used;
        try (HalfWayProcess server = StoreProcess.using(home, "a1")) {
            server.awaitHalfWay();
            used = resolve("a1");
            new GuestAssetStore(home, null, builders).remove("default", line -> {});
            assertThat(used).doesNotExist();
        }
        try (HalfWayProcess server = StoreProcess.using(home, "a1")) {
            server.awaitHalfWay();
            buildOthers("a2", "a3", "a4");
            assertThat(used).exists();
        }
    }

    private void buildOthers(String... agents) throws InterruptedException {
        for (String agent : agents) {
            resolve(agent);
        }
    }

    private Path resolve(String agent) throws InterruptedException {
        builders.agent = agent;
        return new GuestAssetStore(home, null, builders).resolve("default", line -> {}).rootfs();
    }
}
