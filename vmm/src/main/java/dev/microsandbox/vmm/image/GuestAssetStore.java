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
 * The images of one Microsandbox home. An image is a recipe with a name. What is built from the
 * recipe is found by the hash of everything that went into it, so an image is built again by itself
 * when its recipe or this software changes.
 *
 * <p>Thread-safe. Several processes can use one home: one builds while the others wait. Nothing
 * that a killed build leaves is ever used. Files that a store has resolved stay until the process
 * ends, even if processes of other versions build images meanwhile. Only {@link #remove} deletes
 * them.
 *
 * <p>Every failure is an {@link ImageException} whose message tells the user what to do.
 */
public final class GuestAssetStore {

    /** Makes the builders of an image. Tests replace it. */
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

    /** Images as they were resolved last, by name. */
    private final Map<String, FoundImage> found = new ConcurrentHashMap<>();

    GuestAssetStore(Path home, @Nullable Path installed, Builders builders) {
        layout = new StoreLayout(home.toAbsolutePath().normalize());
        recipes = new ImageRecipes(layout);
        assets = new AssetStore(layout, installed);
        this.builders = builders;
        this.installed = installed;
    }

    /**
     * Opens a store, which need not exist yet.
     *
     * @param home the directory that holds everything; created when it is first needed
     */
    public static GuestAssetStore open(Path home) {
        return new GuestAssetStore(home, null, REAL);
    }

    /**
     * Opens a store that also uses the assets of an installation.
     *
     * @param installed a directory of built assets, like {@code assets} in a home. It is only read,
     *     and only {@link #verify} compares its files with their manifests
     */
    public static GuestAssetStore open(Path home, Path installed) {
        return new GuestAssetStore(home, installed, REAL);
    }

    /**
     * Finds the files of an image. Builds them first if they are missing: this takes minutes and a
     * network, and either root on Debian or the packages that the message names.
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

    /**
     * Whether an image and its kernel are built, so that {@link #resolve} does not build them.
     *
     * @throws ImageException if there is no image of this name
     */
    public boolean isBuilt(String image) throws InterruptedException {
        Recipe recipe = recipes.get(image);
        return files(
                "Finding the image " + image,
                () -> newest(builders.kernel()) != null && newest(builders.rootfs(recipe)) != null);
    }

    /** Paths whose creation, change or removal may change which files an image has. */
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
     * Builds an image if its recipe, this software or the host's kernel source has changed since it
     * was last built.
     *
     * @throws InterruptedException if interrupted; the build is abandoned
     */
    public GuestAssets build(String image, Progress progress) throws InterruptedException {
        Recipe recipe = recipes.get(image);
        return files("Building the image " + image, () -> build(image, recipe, true, progress));
    }

    /**
     * Builds an image from the user's own recipe and gives it a name. It replaces an image of that
     * name once it is built.
     *
     * @throws InterruptedException if interrupted; the build is abandoned, the name unchanged
     */
    public GuestAssets build(Path recipeFile, String image, Progress progress)
            throws InterruptedException {
        return build(recipeFile.toString(), RecipeParser.readBytes(recipeFile), image, progress);
    }

    /**
     * Builds an image from the default recipe and more languages, and gives it a name as {@link
     * #build(Path, String, Progress)} does.
     *
     * @param languages names or aliases of at least one language that has a runner
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

    /** Whether a text can name an image. */
    public static boolean isImageName(String text) {
        return ImageName.isValid(text);
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

    /** The images that can be used by name, sorted by name. */
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
     * Removes an image's name, and the files that no other image uses. The default image is built
     * again when it is needed next, from the packages that Debian has then.
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
     * Reads an image's files in full and compares their hashes with those recorded at the build.
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
                    // The store's lock keeps others from removing them before use() locks them.
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

    /** The kernel, and everything that images other than this one use. */
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

    /**
     * Runs {@code work} with the store's lock held, after removing what killed builds left behind.
     */
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
