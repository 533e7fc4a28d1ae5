package dev.microsandbox.vmm.image.store;

import dev.microsandbox.vmm.Progress;
import dev.microsandbox.vmm.image.build.AssetBuilder;
import dev.microsandbox.vmm.image.build.AssetId;
import dev.microsandbox.vmm.image.build.AssetKind;
import dev.microsandbox.vmm.image.build.BuildDirectory;
import dev.microsandbox.vmm.image.build.BuildSite;
import dev.microsandbox.vmm.image.build.Elapsed;
import dev.microsandbox.vmm.image.build.ToolRun;
import dev.microsandbox.vmm.image.source.ContentHash;
import dev.microsandbox.vmm.storage.DurableFiles;
import dev.microsandbox.vmm.storage.NewDirectory;
import dev.microsandbox.vmm.storage.Sha256;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Built assets, each in its own directory. A directory appears whole or not at all: it is built
 * elsewhere, checked, synced to the disk and then renamed. Reading needs no lock. Every method that
 * writes must be called with the {@link StoreLock} held.
 */
public final class AssetStore {

    /** Long enough to tell assets apart, short enough to read. */
    private static final int KEY_DIGITS = 24;

    /** Newest first. */
    private static final Comparator<Asset> BY_AGE =
            Comparator.<Asset, Instant>comparing(asset -> asset.manifest().built()).reversed();

    private final StoreLayout layout;
    private final @Nullable Path installed;

    /** Directories of the assets that {@link #use} has locked. */
    private final Set<Path> inUse = ConcurrentHashMap.newKeySet();

    /**
     * A store, which need not exist yet.
     *
     * @param installed the directory of assets that came with this installation, or null
     */
    public AssetStore(StoreLayout layout, @Nullable Path installed) {
        this.layout = layout;
        this.installed = installed;
    }

    /** The newest asset of this identity, or null. */
    public @Nullable Asset newest(AssetId id) throws IOException {
        List<Asset> found = all(id.kind());
        if (installed != null) {
            found.addAll(in(installed, id.kind(), true));
        }
        return found.stream().filter(asset -> asset.id().equals(id)).min(BY_AGE).orElse(null);
    }

    /** All assets of a kind that were built here, newest first. */
    List<Asset> all(AssetKind kind) throws IOException {
        List<Asset> found = in(layout.assets(), kind, false);
        found.sort(BY_AGE);
        return found;
    }

    private static List<Asset> in(Path assets, AssetKind kind, boolean installed)
            throws IOException {
        List<Asset> found = new ArrayList<>();
        try (DirectoryStream<Path> directories =
                Files.newDirectoryStream(assets, kind.label() + "-*")) {
            for (Path directory : directories) {
                Manifest manifest = manifest(directory);
                if (manifest != null) {
                    found.add(new Asset(kind, directory, manifest, installed));
                }
            }
        } catch (NoSuchFileException e) {
            return found;
        }
        return found;
    }

    /**
     * Returns the newest asset of the builder, after building it and its base if necessary.
     *
     * @param newer whether to build again if this host has another version of the source
     */
    public Asset ensure(AssetBuilder builder, boolean newer, Progress progress)
            throws IOException, InterruptedException {
        Asset existing = newest(builder.id());
        if (existing != null && !(newer && outdated(existing, builder))) {
            return existing;
        }
        AssetBuilder base = builder.base();
        Asset baseAsset = base == null ? null : ensure(base, newer, progress);
        return build(builder, baseAsset, progress);
    }

    /**
     * Keeps an asset in the store until this process ends, even if other processes prune the store.
     *
     * @return false if the asset is gone or about to be removed
     */
    public boolean use(Asset asset) throws IOException {
        if (asset.installed()) {
            return true;
        }
        boolean used = AssetLocks.share(asset.directory());
        if (used) {
            inUse.add(asset.directory());
        }
        return used;
    }

    private static boolean outdated(Asset asset, AssetBuilder builder)
            throws IOException, InterruptedException {
        String source = builder.source();
        return source != null && !source.equals(asset.manifest().source());
    }

    private Asset build(AssetBuilder builder, @Nullable Asset base, Progress progress)
            throws IOException, InterruptedException {
        AssetKind kind = builder.kind();
        ToolRun tools = new ToolRun(newLog(kind), progress);
        builder.prepare(tools);
        String source = Objects.requireNonNull(builder.source(), "prepared, but no source");

        Elapsed elapsed = new Elapsed();
        progress.report("Building the " + kind.label());
        Path aside = newBuildDirectory(kind);
        try {
            Path scratch = Files.createDirectory(aside.resolve("scratch"));
            Path finished = Files.createDirectory(aside.resolve("finished"));
            Path output = finished.resolve(kind.fileName());
            Path baseFile = base == null ? null : base.file();
            builder.build(new BuildSite(output, scratch, baseFile, tools));
            builder.check(output);
            Asset asset = install(kind, builder.inputs(), source, finished);
            progress.report("Built the " + kind.label() + " in " + elapsed);
            return asset;
        } finally {
            BuildDirectory.delete(aside);
        }
    }

    /** Makes a finished directory part of the store. */
    private Asset install(AssetKind kind, String inputs, String source, Path finished)
            throws IOException, InterruptedException {
        Path file = finished.resolve(kind.fileName());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
        Manifest manifest =
                new Manifest(
                        inputs,
                        source,
                        Sha256.ofFile(file),
                        FileStamp.of(file),
                        Instant.now().truncatedTo(ChronoUnit.MILLIS));
        Files.write(finished.resolve(Manifest.FILE_NAME), manifest.encode());
        AssetLocks.create(finished);

        String key = new ContentHash().text(inputs).text(source).hex();
        Path place = layout.assets().resolve(kind.label() + "-" + key.substring(0, KEY_DIGITS));
        // A directory that already exists has no manifest, or it would have been used.
        BuildDirectory.delete(place);
        NewDirectory.publish(finished, place);
        return new Asset(kind, place, manifest, false);
    }

    /**
     * Removes the assets that no image uses. Keeps the newest of each kind, so that switching
     * between two versions of this software stays cheap. Keeps those that running processes use,
     * since a server of another version uses other assets for the same images.
     *
     * @param used the assets that images use
     */
    public void prune(Set<AssetId> used) throws IOException, InterruptedException {
        for (AssetKind kind : AssetKind.values()) {
            Set<AssetId> current = new HashSet<>();
            boolean keptOne = false;
            for (Asset asset : all(kind)) {
                // Of two assets with one identity, only the newer one is used.
                if (used.contains(asset.id()) && current.add(asset.id())) {
                    continue;
                }
                if (keptOne && !inUse.contains(asset.directory())) {
                    removeUnused(asset);
                }
                keptOne = true;
            }
        }
    }

    /** Removes every asset of this identity. */
    public void remove(AssetId id) throws IOException, InterruptedException {
        for (Asset asset : all(id.kind())) {
            if (asset.id().equals(id)) {
                remove(asset);
            }
        }
    }

    private void remove(Asset asset) throws IOException, InterruptedException {
        Path aside = newBuildDirectory(asset.kind());
        moveInto(aside, asset);
        BuildDirectory.delete(aside);
    }

    /** Removes an asset, unless another process uses it. */
    private void removeUnused(Asset asset) throws IOException, InterruptedException {
        Path aside = newBuildDirectory(asset.kind());
        AssetLocks.remove(asset.directory(), () -> moveInto(aside, asset));
        BuildDirectory.delete(aside);
    }

    private static Path moveInto(Path aside, Asset asset) throws IOException {
        Path removed = aside.resolve("removed");
        DurableFiles.rename(asset.directory(), removed);
        return removed;
    }

    /** Removes what killed builds left behind. */
    public void sweep() throws IOException, InterruptedException {
        try (DirectoryStream<Path> stale = Files.newDirectoryStream(layout.building())) {
            for (Path directory : stale) {
                BuildDirectory.delete(directory);
            }
        } catch (NoSuchFileException e) {
            return;
        }
    }

    private Path newBuildDirectory(AssetKind kind) throws IOException {
        Files.createDirectories(layout.building());
        return Files.createTempDirectory(
                layout.building(),
                kind.label(),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    }

    private Path newLog(AssetKind kind) throws IOException {
        Files.createDirectories(layout.logs());
        Path log = layout.logs().resolve(kind.label() + ".log");
        Files.write(log, new byte[0]);
        return log;
    }

    private static @Nullable Manifest manifest(Path directory) throws IOException {
        try (var in = Files.newInputStream(directory.resolve(Manifest.FILE_NAME))) {
            return Manifest.decode(in.readNBytes(Manifest.MAX_BYTES));
        } catch (NoSuchFileException e) {
            return null;
        }
    }
}
