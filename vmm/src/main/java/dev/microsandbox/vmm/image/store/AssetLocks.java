package dev.microsandbox.vmm.image.store;

import dev.microsandbox.vmm.image.build.FileWork;
import dev.microsandbox.vmm.storage.LockFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Protects the assets that a process uses from removal by processes of other versions, which may
 * not need them. A process that uses an asset holds a shared lock on a file in the asset's
 * directory until the process ends, in whatever way. Removing the asset takes the lock exclusively.
 */
final class AssetLocks {

    /** An empty file in the asset's directory. */
    private static final String FILE_NAME = "in-use";

    /** The locks that this process holds, by the asset's directory; guarded by the class. */
    private static final Map<Path, LockFile> SHARED = new HashMap<>();

    private AssetLocks() {}

    /** Creates the lock file of an asset that is about to join a store. */
    static void create(Path asset) throws IOException {
        Files.createFile(asset.resolve(FILE_NAME));
    }

    /**
     * Keeps other processes from removing an asset until this one ends. A user who may not read the
     * lock file uses the asset without a lock.
     *
     * @return false if the asset is gone or about to be removed
     */
    static synchronized boolean share(Path asset) throws IOException {
        Path file = asset.resolve(FILE_NAME);
        try {
            // Assets of earlier versions have no lock file. Users may share a store.
            Files.createFile(file);
        } catch (FileSystemException e) {
            // The file exists, or the next step reports what is missing.
        }
        Optional<LockFile> shared;
        try {
            shared = LockFile.tryShared(file, Duration.ZERO);
        } catch (FileSystemException e) {
            return Files.exists(asset);
        }
        // An earlier lock is of the same asset, or of one that has been removed since.
        LockFile known =
                shared.isPresent() ? SHARED.put(asset, shared.get()) : SHARED.remove(asset);
        if (known != null) {
            known.close();
        }
        return shared.isPresent();
    }

    /**
     * Removes an asset, unless another process shares its lock.
     *
     * @param removal moves the asset away
     * @return whether it was removed
     */
    static synchronized boolean remove(Path asset, FileWork<?> removal)
            throws IOException, InterruptedException {
        LockFile own = SHARED.remove(asset);
        if (own != null) {
            own.close();
        }
        boolean removed = removeUnshared(asset, removal);
        if (own != null && !removed) {
            share(asset);
        }
        return removed;
    }

    private static boolean removeUnshared(Path asset, FileWork<?> removal)
            throws IOException, InterruptedException {
        try (LockFile lock =
                LockFile.tryExclusive(asset.resolve(FILE_NAME), Duration.ZERO).orElse(null)) {
            if (lock == null) {
                return false;
            }
            removal.run();
            return true;
        } catch (AccessDeniedException e) {
            // The asset belongs to another user, who may be using it.
            return false;
        }
    }
}
