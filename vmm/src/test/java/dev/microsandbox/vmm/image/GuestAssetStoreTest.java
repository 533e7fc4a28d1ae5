package dev.microsandbox.vmm.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.ImageException;
import dev.microsandbox.vmm.image.store.StoreLayout;
import dev.microsandbox.vmm.storage.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class GuestAssetStoreTest {

    @TempDir private Path directory;

    private final FakeBuilders builders = new FakeBuilders();
    private final List<String> reports = new ArrayList<>();

    @Test
    void buildsOnFirstNeedOnly() throws Exception {
        GuestAssets first = resolve("default");
        GuestAssets second = resolve("default");

        assertThat(second).isEqualTo(first);
        assertThat(first.kernel()).hasContent("k1s1").hasFileName("vmlinux");
        assertThat(first.rootfs()).hasContent("bash/a1 on bash").hasFileName("rootfs.erofs");
        assertThat(first.rootfsSha256()).isEqualTo(Sha256.ofFile(first.rootfs()));
        assertThat(Files.getPosixFilePermissions(first.rootfs()).toString())
                .doesNotContain("WRITE");
        assertThat(builders.kernels).hasValue(1);
        assertThat(builders.trees).hasValue(1);
        assertThat(builders.rootfs).hasValue(1);
        assertThat(reports).contains("Building the kernel");
        assertThat(buildsUnderWay()).isEmpty();
    }

    @Test
    void aNewAgentCostsNoNewTree() throws Exception {
        resolve("default");
        builders.agent = "a2";

        assertThat(resolve("default").rootfs()).hasContent("bash/a2 on bash");
        assertThat(builders.trees).hasValue(1);
        assertThat(builders.kernels).hasValue(1);
    }

    @Test
    void aNewKernelSourceCountsWhenAskedToBuild() throws Exception {
        resolve("default");
        builders.kernelSource = "s2";

        assertThat(resolve("default").kernel()).hasContent("k1s1");
        assertThat(store().build("default", reports::add).kernel()).hasContent("k1s2");
        assertThat(resolve("default").kernel()).hasContent("k1s2");
        assertThat(builders.rootfs).hasValue(1);
    }

    @Test
    void buildsFromARecipeOfTheUsersOwn() throws Exception {
        Path recipe = recipe("curl");
        GuestAssets built = store().build(recipe, "mine", reports::add);
        Files.delete(recipe);

        assertThat(built.rootfs()).hasContent("curl/a1 on curl");
        assertThat(resolve("mine")).isEqualTo(built);
        assertThat(store().list()).extracting(ImageInfo::name).containsExactly("default", "mine");
        assertThat(store().list().getFirst().built()).isNull();
        assertThat(store().list().getLast().rootfsBytes()).isEqualTo("curl/a1 on curl".length());
        // The software changes after the recipe's file has been deleted.
        builders.agent = "a2";
        assertThat(resolve("mine").rootfs()).hasContent("curl/a2 on curl");
    }

    @Test
    void buildsTheDefaultImageWithFurtherLanguages() throws Exception {
        GuestAssets built = store().buildWith(List.of("Golang", "r"), "mine", reports::add);

        assertThat(resolve("mine")).isEqualTo(built);
        assertThat(new StoreLayout(home()).recipe("mine"))
                .hasContent("from default\nlanguage go r\n");
        assertThatThrownBy(() -> store().buildWith(List.of("r\nrun x"), "mine", reports::add))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("is not a language; there are c, cpp, go, java,");
    }

    @Test
    void aFailedBuildChangesNothing() throws Exception {
        store().build(recipe("curl"), "mine", reports::add);
        builders.halfWay =
                () -> {
                    throw new ImageException("no");
                };

        assertThatThrownBy(() -> store().build(recipe("wget"), "mine", reports::add))
                .isInstanceOf(ImageException.class)
                .hasMessage("no");
        assertThat(resolve("mine").rootfs()).hasContent("curl/a1 on curl");

        builders.halfWay =
                () -> {
                    throw new IOException("No space left on device");
                };
        assertThatThrownBy(() -> store().build(recipe("wget"), "mine", reports::add))
                .isInstanceOf(ImageException.class)
                .hasMessage("Building the image mine failed: IOException: No space left on device");

        builders.halfWay = () -> {};
        assertThat(store().build(recipe("wget"), "mine", reports::add).rootfs())
                .hasContent("wget/a1 on wget");
        assertThat(buildsUnderWay()).isEmpty();
    }

    @Test
    void aDamagedFileIsNotUsed() throws Exception {
        Path rootfs = resolve("default").rootfs();
        Files.delete(rootfs);
        Files.writeString(rootfs, "bash/a1 on bAsh");

        assertThatThrownBy(() -> resolve("default"))
                .isInstanceOf(ImageException.class)
                .hasMessageStartingWith(rootfs + " is not what was built")
                .hasMessageContaining("Remove the directory " + rootfs.getParent());

        Files.delete(rootfs);
        assertThatThrownBy(() -> resolve("default")).hasMessageContaining("is missing");
        Files.delete(rootfs.resolveSibling("manifest"));
        assertThat(resolve("default").rootfs()).hasContent("bash/a1 on bash");
    }

    @Test
    void verifyReadsWhatTheStampDoesNotTell() throws Exception {
        assertThatThrownBy(() -> store().verify("default", reports::add))
                .hasMessage("The image 'default' is not built: 'msb image build'");
        Path rootfs = resolve("default").rootfs();
        store().verify("default", reports::add);
        assertThat(reports).contains("Reading " + rootfs);

        FileTime time = Files.getLastModifiedTime(rootfs);
        rootfs.toFile().setWritable(true);
        Files.writeString(rootfs, "bash/a1 on bAsh");
        Files.setLastModifiedTime(rootfs, time);

        assertThatThrownBy(() -> store().verify("default", reports::add))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("is not what was built");
    }

    @Test
    void aCopiedStoreIsReadOnceAndThenTrusted() throws Exception {
        Path rootfs = resolve("default").rootfs();
        Files.setLastModifiedTime(rootfs, FileTime.from(Instant.EPOCH));

        resolve("default");
        assertThat(reports).contains("Checking the rootfs, which has been copied");
        reports.clear();
        resolve("default");
        assertThat(reports).isEmpty();
        assertThat(builders.rootfs).hasValue(1);
    }

    @Test
    void whatWasFoundIsLookedForAgainOnlyWhenSomethingHasChanged() throws Exception {
        GuestAssetStore store = store();
        Path rootfs = store.resolve("default", reports::add).rootfs();
        FileTime past = FileTime.from(Instant.now().minusSeconds(60));
        for (Path path : List.of(rootfs, home().resolve("assets"))) {
            Files.setLastModifiedTime(path, past);
        }
        GuestAssets found = store.resolve("default", reports::add);
        Files.setLastModifiedTime(found.kernel(), past);
        store.resolve("default", reports::add);
        int looked = builders.asked.get();

        assertThat(store.resolve("default", reports::add)).isEqualTo(found);
        assertThat(builders.asked).hasValue(looked);

        Path own = home().resolve("images/default.recipe");
        Files.createDirectories(own.getParent());
        Files.writeString(own, "suite bookworm\npackage curl\n");
        assertThat(store.resolve("default", reports::add).rootfs()).hasContent("curl/a1 on curl");

        Files.delete(own);
        assertThat(store.resolve("default", reports::add)).isEqualTo(found);
        Files.delete(rootfs);
        assertThatThrownBy(() -> store.resolve("default", reports::add))
                .hasMessageContaining("is missing");
    }

    @Test
    void removesWhatNoOtherImageUses() throws Exception {
        store().build(recipe("curl"), "one", reports::add);
        store().build(recipe("curl"), "two", reports::add);
        GuestAssets two = resolve("two");

        store().remove("one", reports::add);
        assertThatThrownBy(() -> resolve("one"))
                .isInstanceOf(ImageException.class)
                .hasMessageStartingWith("There is no image 'one'. There are: default, two.");
        assertThat(resolve("two")).isEqualTo(two);

        store().remove("two", reports::add);
        assertThat(two.rootfs()).doesNotExist();
        assertThat(two.kernel()).exists();
        assertThat(assetDirectories()).hasSize(1);
        assertThat(buildsUnderWay()).isEmpty();
    }

    @Test
    void keepsOnePredecessorOfEachKind() throws Exception {
        for (String agent : List.of("a1", "a2", "a3", "a4")) {
            builders.agent = agent;
            resolve("default");
        }
        builders.agent = "a3";
        resolve("default");
        assertThat(builders.rootfs).as("a3 was kept").hasValue(4);
        assertThat(assetDirectories()).hasSize(1 + 1 + 2);
    }

    @Test
    void anInterruptEndsABuild() throws Exception {
        CountDownLatch halfWay = new CountDownLatch(1);
        builders.halfWay =
                () -> {
                    halfWay.countDown();
                    Thread.sleep(Long.MAX_VALUE);
                };
        FutureTask<Throwable> failure =
                new FutureTask<>(
                        () -> {
                            try {
                                resolve("default");
                                return null;
                            } catch (InterruptedException e) {
                                return e;
                            }
                        });
        Thread thread = Thread.ofVirtual().start(failure);
        halfWay.await();
        thread.interrupt();

        assertThat(failure.get()).isInstanceOf(InterruptedException.class);
        builders.halfWay = () -> {};
        assertThat(resolve("default").rootfs()).hasContent("bash/a1 on bash");
    }

    @Test
    void threadsBuildOneAfterTheOther() throws Exception {
        List<FutureTask<GuestAssets>> tasks =
                Stream.generate(() -> new FutureTask<>(() -> resolve("default"))).limit(8).toList();
        tasks.forEach(task -> Thread.ofVirtual().start(task));
        for (FutureTask<GuestAssets> task : tasks) {
            assertThat(task.get().rootfs()).hasContent("bash/a1 on bash");
        }
        assertThat(builders.rootfs).hasValue(1);
    }

    /** Assets that another home has built, as if an installation had shipped them. */
    private GuestAssetStore besideAnInstallation() throws Exception {
        Path installation = directory.resolve("installation");
        new GuestAssetStore(installation, null, builders).resolve("default", line -> {});
        return new GuestAssetStore(home(), installation.resolve("assets"), builders);
    }

    @Test
    void whatIsInstalledIsNotBuilt() throws Exception {
        GuestAssetStore store = besideAnInstallation();
        GuestAssets assets = store.resolve("default", reports::add);
        assertThat(assets.rootfs()).hasContent("bash/a1 on bash").startsWithRaw(directory);
        assertThat(builders.rootfs).hasValue(1);
        assertThat(home()).doesNotExist();
        assertThat(reports).isEmpty();
        store.verify("default", line -> {});
        assertThat(store.list()).singleElement().matches(image -> image.built() != null);
    }

    @Test
    void installingGivesAFileAnotherStamp() throws Exception {
        GuestAssetStore store = besideAnInstallation();
        Path rootfs = store.resolve("default", line -> {}).rootfs();
        Path manifest = rootfs.resolveSibling("manifest");
        String before = Files.readString(manifest);
        Files.setLastModifiedTime(rootfs, java.nio.file.attribute.FileTime.fromMillis(0));
        assertThat(store.resolve("default", reports::add).rootfs()).isEqualTo(rootfs);
        assertThat(reports).isEmpty();
        assertThat(manifest).hasContent(before);
    }

    @Test
    void whatIsInstalledAndDamagedIsToBeInstalledAnew() throws Exception {
        GuestAssetStore store = besideAnInstallation();
        Path rootfs = store.resolve("default", line -> {}).rootfs();
        Files.setPosixFilePermissions(
                rootfs, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
        Files.writeString(rootfs, "short");
        assertThatThrownBy(() -> store.resolve("default", line -> {}))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("Install Microsandbox anew");
    }

    @Test
    void imagesOfOnesOwnAreBuiltBesideWhatIsInstalled() throws Exception {
        GuestAssetStore store = besideAnInstallation();
        store.build(recipe("zsh"), "mine", line -> {});
        store.remove("mine", line -> {});
        assertThat(store.resolve("default", line -> {}).rootfs()).exists();
        assertThat(builders.kernels).hasValue(1);
    }

    private GuestAssetStore store() {
        return new GuestAssetStore(home(), null, builders);
    }

    private GuestAssets resolve(String image) throws InterruptedException {
        return store().resolve(
                        image,
                        line -> {
                            synchronized (reports) {
                                reports.add(line);
                            }
                        });
    }

    private Path home() {
        return directory.resolve("home");
    }

    private Path recipe(String firstPackage) throws IOException {
        return Files.writeString(
                directory.resolve("my.recipe"), "suite bookworm\npackage " + firstPackage + "\n");
    }

    private List<Path> assetDirectories() throws IOException {
        try (Stream<Path> paths = Files.list(home().resolve("assets"))) {
            return paths.filter(path -> Files.exists(path.resolve("manifest"))).toList();
        }
    }

    private List<Path> buildsUnderWay() throws IOException {
        try (Stream<Path> paths = Files.list(home().resolve("assets/building"))) {
            return paths.toList();
        }
    }
}
