package dev.microsandbox.vmm.image.store;

import dev.microsandbox.vmm.ImageException;
import dev.microsandbox.vmm.Progress;
import dev.microsandbox.vmm.storage.DurableFiles;
import dev.microsandbox.vmm.storage.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Checks whether an asset's file is still the one that was built. */
public final class AssetCheck {

    private AssetCheck() {}

    /**
     * Compares the file's stamp. If it differs, as after the store was copied, reads the file once.
     * A file of an installation has a new stamp, and the installer vouches for its content: only
     * its size is compared.
     *
     * @throws ImageException if the file has changed or is missing
     */
    public static void unchanged(Asset asset, Progress progress)
            throws IOException, InterruptedException {
        FileStamp stamp = stamp(asset);
        FileStamp built = asset.manifest().stamp();
        if (asset.installed() ? stamp.size() == built.size() : stamp.equals(built)) {
            return;
        }
        progress.report("Checking the " + asset.kind().label() + ", which has been copied");
        content(asset);
        if (!asset.installed()) {
            rewriteStamp(asset, stamp);
        }
    }

    /**
     * Reads the whole file and compares its hash.
     *
     * @throws ImageException if it is not what was built
     */
    public static void content(Asset asset) throws IOException, InterruptedException {
        FileStamp stamp = stamp(asset);
        boolean whole =
                stamp.size() == asset.manifest().stamp().size()
                        && Sha256.ofFile(asset.file()).equals(asset.manifest().sha256());
        if (!whole) {
            throw new ImageException(
                    asset.file()
                            + " is not what was built: it was changed or damaged. "
                            + remedy(asset));
        }
    }

    private static String remedy(Asset asset) {
        return asset.installed()
                ? "Install Microsandbox anew"
                : "Remove the directory " + asset.directory() + "; the next use builds it again";
    }

    private static FileStamp stamp(Asset asset) throws IOException {
        try {
            return FileStamp.of(asset.file());
        } catch (NoSuchFileException e) {
            throw new ImageException(asset.file() + " is missing. " + remedy(asset), e);
        }
    }

    /** Makes the next check fast again. In a read-only store checks stay slow, but correct. */
    private static void rewriteStamp(Asset asset, FileStamp stamp) {
        Manifest old = asset.manifest();
        Manifest manifest =
                new Manifest(old.inputs(), old.source(), old.sha256(), stamp, old.built());
        Path target = asset.directory().resolve(Manifest.FILE_NAME);
        try {
            // Other users may read a store that one user fills.
            DurableFiles.replace(target, manifest.encode(), Files.getPosixFilePermissions(target));
        } catch (IOException e) {
            return;
        }
    }
}
