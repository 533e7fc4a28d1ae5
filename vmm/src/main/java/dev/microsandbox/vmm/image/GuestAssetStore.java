package dev.microsandbox.vmm.image;

import dev.microsandbox.vmm.ImageException;
import dev.microsandbox.vmm.Progress;
import dev.microsandbox.vmm.image.build.AssetBuilder;
import dev.microsandbox.vmm.image.build.AssetId;
import dev.microsandbox.vmm.image.build.BuildThread;
import dev.microsandbox.vmm.image.build.FileWork;
import dev.microsandbox.vmm.image.build.KernelBuild;
import dev.microsandbox.vmm.image.build.RootfsBuild;
import dev.microsandbox.vmm.image.recipe.ImageName;
import dev.microsandbox.vmm.image.recipe.LanguageManifest;
import dev.microsandbox.vmm.image.recipe.Recipe;
import dev.microsandbox.vmm.image.recipe.RecipeParser;
import dev.microsandbox.vmm.image.store.Asset;
import dev.microsandbox.vmm.image.store.AssetCheck;
import dev.microsandbox.vmm.image.store.AssetStore;
import dev.microsandbox.vmm.image.store.FileStamp;
import dev.microsandbox.vmm.image.store.StoreLayout;
import dev.microsandbox.vmm.image.store.StoreLock;
import dev.microsandbox.vmm.storage.LockFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The images of one Microsandbox home. An image is a name for a recipe; what is made from that is
 * kept by the hash of everything it is made from, so an image is built anew by itself when its
 * recipe or this software changes.
 *
 * <p>Thread-safe. Several processes can use one home: one builds while the others wait. A build
 * that is killed leaves nothing that would be used. What a store has resolved stays until the
 * process ends, also where processes of other versions build: only {@link #remove} takes it away.
 *
 * <p>Whatever fails is an {@link ImageException} with a message for the person who runs this.
 */
public final class GuestAssetStore {

    /** How assets are made. Tests put others in their place. */
    interface Builders {
        AssetBuilder kernel();

        AssetBuilder rootfs(Recipe recipe);
    }

    private static final Builders REAL =
            new Builders() {
                @Override
                public AssetBuilder kernel() {
                    return new KernelBuild();
                }

                @Override
                public AssetBuilder rootfs(Recipe recipe) {
                    return new RootfsBuild(recipe);
                }
            };

    private final StoreLayout layout;
    private final ImageRecipes recipes;
    private final AssetStore assets;
    private final Builders builders;
    private final @Nullable Path installed;

    /** By name, as they were when they were resolved last. */
    private final Map<String, FoundImage> found = new ConcurrentHashMap<>();

    GuestAssetStore(Path home, @Nullable Path installed, Builders builders) {
        layout = new StoreLayout(home.toAbsolutePath().normalize());
        recipes = new ImageRecipes(layout);
        assets = new AssetStore(layout, installed);
        this.builders = builders;
        this.installed = installed;
    }

    /**
     * A store that need not exist yet.
     *
     * @param home the directory that holds everything; made on first need
     */
    public static GuestAssetStore open(Path home) {
        return new GuestAssetStore(home, null, REAL);
    }

    /**
     * A store beside what an installation brought along.
     *
     * @param installed a directory of built assets, as the {@code assets} of a home; only read, and
     *     its files are believed to be what their manifests say until {@link #verify}
     */
    public static GuestAssetStore open(Path home, Path installed) {
        return new GuestAssetStore(home, installed, REAL);
    }

    /**
     * The files of an image. What is missing is built first, which takes minutes, a network, and
     * root on Debian or the packages that the message names.
     *
     * @throws InterruptedException if interrupted; a build under way is abandoned
     */
    public GuestAssets resolve(String image, Progress progress) throws InterruptedException {
        return files(
                "Finding the image " + image,
                () -> {
                    FoundImage known = found.get(image);
                    return known != null && known.isCurrent()
                            ? known.assets()
                            : find(image, progress);
                });
    }

    private GuestAssets find(String image, Progress progress)
            throws IOException, InterruptedException {
        Map<Path, Optional<FileStamp>> stamps = FoundImage.look(places(image));
        Recipe recipe = recipes.get(image);
        Asset kernel = newest(builders.kernel());
        Asset rootfs = newest(builders.rootfs(recipe));
        if (kernel == null || rootfs == null || !assets.use(kernel) || !assets.use(rootfs)) {
            return build(image, recipe, false, progress);
        }
        GuestAssets files = checked(image, kernel, rootfs, progress);
        stamps.putAll(FoundImage.look(List.of(files.kernel(), files.rootfs())));
        FoundImage now = new FoundImage(files, Map.copyOf(stamps));
        if (now.isSettled()) {
            found.put(image, now);
        }
        return files;
    }

    /** Where what is made or removed decides which files an image has. */
    private List<Path> places(String image) {
        List<Path> places = new ArrayList<>();
        places.add(layout.recipe(ImageName.check(image)));
        places.add(layout.assets());
        if (installed != null) {
            places.add(installed);
        }
        return places;
    }

    /**
     * Builds an image where its recipe, this software or the host's kernel source has changed since
     * it was built.
     *
     * @throws InterruptedException if interrupted; the build is abandoned
     */
    public GuestAssets build(String image, Progress progress) throws InterruptedException {
        Recipe recipe = recipes.get(image);
        return files("Building the image " + image, () -> build(image, recipe, true, progress));
    }

    /**
     * Builds an image from a recipe of the user's own and gives it a name. An image of that name is
     * replaced once the new one is built.
     *
     * @throws InterruptedException if interrupted; the build is abandoned, the name unchanged
     */
    public GuestAssets build(Path recipeFile, String image, Progress progress)
            throws InterruptedException {
        return build(recipeFile.toString(), RecipeParser.readBytes(recipeFile), image, progress);
    }

    /**
     * Builds an image from the default one's recipe and further languages, and gives it a name, as
     * {@link #build(Path, String, Progress)} does.
     *
     * @param languages names or aliases, at least one, of languages that there are runners for
     * @throws InterruptedException if interrupted; the build is abandoned, the name unchanged
     */
    public GuestAssets buildWith(List<String> languages, String image, Progress progress)
            throws InterruptedException {
        StringBuilder recipe = new StringBuilder("from default\nlanguage");
        for (String each : languages) {
            recipe.append(' ').append(known(each).name());
        }
        byte[] text = recipe.append('\n').toString().getBytes(StandardCharsets.UTF_8);
        return build("The recipe of the image " + image, text, image, progress);
    }

    private static LanguageManifest known(String language) {
        return LanguageManifest.find(language)
                .orElseThrow(() -> new ImageException(LanguageManifest.unknown(language)));
    }

    private GuestAssets build(String source, byte[] text, String image, Progress progress)
            throws InterruptedException {
        ImageName.check(image);
        Recipe recipe = RecipeParser.parse(source, text);
        return files(
                "Building the image " + image,
                () -> {
                    GuestAssets built = build(image, recipe, true, progress);
                    recipes.put(image, text);
                    return built;
                });
    }

    /** The images that can be used by name, in their order. */
    public List<ImageInfo> list() {
        List<ImageInfo> images = new ArrayList<>();
        for (String name : recipes.names()) {
            AssetBuilder rootfs = builders.rootfs(recipes.get(name));
            try {
                images.add(info(name, newest(rootfs)));
            } catch (IOException e) {
                throw ImageException.of("Looking for the image " + name, e);
            }
        }
        return images;
    }

    private static ImageInfo info(String name, @Nullable Asset rootfs) {
        return rootfs == null
                ? new ImageInfo(name, null, 0)
                : new ImageInfo(name, rootfs.manifest().built(), rootfs.manifest().stamp().size());
    }

    /**
     * Forgets an image, and removes what no other image uses of it. The default image is built anew
     * when it is needed next, from Debian's packages as they are then.
     */
    public void remove(String image, Progress progress) throws InterruptedException {
        Recipe recipe = recipes.get(image);
        FileWork<String> work =
                () -> {
                    recipes.remove(image);
                    Set<AssetId> unused = withBases(builders.rootfs(recipe));
                    unused.removeAll(usedExcept(image));
                    for (AssetId id : unused) {
                        assets.remove(id);
                    }
                    return image;
                };
        files("Removing the image " + image, () -> locked(progress, work));
    }

    /**
     * Reads an image's files in full and compares them with what was built.
     *
     * @throws ImageException if they differ, or the image is not built
     */
    public void verify(String image, Progress progress) throws InterruptedException {
        Recipe recipe = recipes.get(image);
        FileWork<String> work =
                () -> {
                    for (AssetBuilder builder :
                            List.of(builders.kernel(), builders.rootfs(recipe))) {
                        Asset asset = newest(builder);
                        if (asset == null) {
                            throw new ImageException(
                                    "The image '" + image + "' is not built: 'msb image build'");
                        }
                        progress.report("Reading " + asset.file());
                        AssetCheck.content(asset);
                    }
                    return image;
                };
        files("Verifying the image " + image, work);
    }

    private @Nullable Asset newest(AssetBuilder builder) throws IOException {
        return assets.newest(builder.id());
    }

    private GuestAssets build(String image, Recipe recipe, boolean newer, Progress progress)
            throws IOException, InterruptedException {
        return locked(
                progress,
                () -> {
                    Asset kernel = assets.ensure(builders.kernel(), newer, progress);
                    Asset rootfs = assets.ensure(builders.rootfs(recipe), newer, progress);
                    GuestAssets built = checked(image, kernel, rootfs, progress);
                    // With the store's lock held, nothing removes them before they are locked.
                    assets.use(kernel);
                    assets.use(rootfs);
                    Set<AssetId> used = usedExcept(image);
                    used.addAll(withBases(builders.rootfs(recipe)));
                    assets.prune(used);
                    return built;
                });
    }

    private GuestAssets checked(String image, Asset kernel, Asset rootfs, Progress progress)
            throws IOException, InterruptedException {
        AssetCheck.unchanged(kernel, progress);
        AssetCheck.unchanged(rootfs, progress);
        return new GuestAssets(
                image,
                kernel.file(),
                rootfs.file(),
                kernel.manifest().sha256(),
                rootfs.manifest().sha256());
    }

    /** The kernel, and what images other than this one use. */
    private Set<AssetId> usedExcept(String image) {
        Set<AssetId> used = new HashSet<>(Set.of(builders.kernel().id()));
        for (String name : recipes.names()) {
            if (!name.equals(image)) {
                used.addAll(withBases(builders.rootfs(recipes.get(name))));
            }
        }
        return used;
    }

    private static Set<AssetId> withBases(AssetBuilder builder) {
        Set<AssetId> ids = new HashSet<>();
        for (AssetBuilder b = builder; b != null; b = b.base()) {
            ids.add(b.id());
        }
        return ids;
    }

    /** Runs with the lock held, after removing what killed builds left. */
    private <T> T locked(Progress progress, FileWork<T> work)
            throws IOException, InterruptedException {
        return BuildThread.call(
                () -> {
                    try (LockFile _ = StoreLock.acquire(layout, progress)) {
                        assets.sweep();
                        return work.run();
                    }
                });
    }

    private static <T> T files(String doing, FileWork<T> work) throws InterruptedException {
        try {
            return work.run();
        } catch (IOException e) {
            throw ImageException.of(doing, e);
        }
    }
}
