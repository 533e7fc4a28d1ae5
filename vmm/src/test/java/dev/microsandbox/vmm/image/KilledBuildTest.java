package dev.microsandbox.vmm.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.microsandbox.vmm.HalfWayProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two processes use one store, and one of them is killed in the middle of a build. */
@Timeout(60)
class KilledBuildTest {

    @TempDir private Path home;

    private final FakeBuilders builders = new FakeBuilders();
    private final List<String> reports = new CopyOnWriteArrayList<>();

    @Test
    void whatAKilledProcessLeftIsNeverUsed() throws Exception {
        try (HalfWayProcess other = StoreProcess.building(home)) {
            other.awaitHalfWay();
            other.kill();
        }
        assertThat(halfBuilt()).as("left by the killed process").hasSize(1);

        GuestAssets assets = resolve();

        assertThat(assets.rootfs()).hasContent("bash/a1 on bash");
        assertThat(builders.rootfs).hasValue(1);
        // The assets that the killed process had finished are used.
        assertThat(builders.kernels).hasValue(0);
        assertThat(builders.trees).hasValue(0);
        assertThat(halfBuilt()).isEmpty();
    }

    @Test
    void theSecondProcessWaitsAndFindsEverythingBuilt() throws Exception {
        try (HalfWayProcess other = StoreProcess.building(home)) {
            other.awaitHalfWay();
            FutureTask<GuestAssets> waiting = new FutureTask<>(this::resolve);
            Thread.ofPlatform().daemon().start(waiting);
            String report = "Waiting for process " + other.pid() + ", which is building images";
            await().untilAsserted(() -> assertThat(reports).contains(report));
            assertThat(waiting.isDone()).isFalse();

            other.letContinue();

            assertThat(waiting.get().rootfs()).hasContent("bash/a1 on bash");
            assertThat(builders.rootfs).hasValue(0);
        }
    }

    @Test
    void theSecondProcessGoesOnWhenTheFirstIsKilled() throws Exception {
        try (HalfWayProcess other = StoreProcess.building(home)) {
            other.awaitHalfWay();
            FutureTask<GuestAssets> waiting = new FutureTask<>(this::resolve);
            Thread.ofPlatform().daemon().start(waiting);
            await().untilAsserted(() -> assertThat(reports).isNotEmpty());

            other.kill();

            assertThat(waiting.get().rootfs()).hasContent("bash/a1 on bash");
            assertThat(builders.rootfs).hasValue(1);
        }
    }

    private GuestAssets resolve() throws InterruptedException {
        return new GuestAssetStore(home, null, builders).resolve("default", reports::add);
    }

    private List<Path> halfBuilt() throws IOException {
        try (Stream<Path> files = Files.walk(home.resolve("assets/building"))) {
            return files.filter(file -> file.endsWith("rootfs.erofs")).toList();
        }
    }
}
