package dev.microsandbox.vmm.image;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the assets that a process uses from being removed by other processes, whose version of this
 * software may have no use for them. A process that uses an asset shares a lock on a file in the
 * asset's directory until it ends, however it ends. Whoever removes the asset takes the lock alone.
 *
 * <p>File locks belong to a process, and Linux drops them when the process closes any descriptor of
 * the file. So nothing else opens the lock files, and this class has each open at most once.
 */
final class AssetLocks {

    /** In the asset's directory; empty. */
    private static final String FILE_NAME = "in-use";

    /** What this process shares, by the asset's directory; guarded by the class. */
    private static final Map<Path, Shared> SHARED = new HashMap<>();

    /**
     * @param channel has the lock
     * @param file which file that is
     */
    private record Shared(FileChannel channel, Object file) {}

    private AssetLocks() {}

    /** Makes the lock file of an asset that becomes part of a store. */
    static void create(Path asset) throws IOException {
        Files.createFile(asset.resolve(FILE_NAME));
    }

    /**
     * Keeps other processes from removing an asset until this one ends. A user who may not read the
     * lock file uses the asset without.
     *
     * @return false if the asset is gone or about to be removed
     */
    static synchronized boolean share(Path asset) throws IOException {
        Path file = asset.resolve(FILE_NAME);
        Shared known = SHARED.get(asset);
        if (known != null) {
            if (known.file().equals(identity(file))) {
                return true;
            }
            // The asset was removed, and another one is in its place.
            SHARED.remove(asset);
            known.channel().close();
        }
        try {
            // Assets of earlier versions have none.
            Files.createFile(file);
        } catch (FileSystemException e) {
            // It is there, or the next step tells what is missing.
        }
        Object before = identity(file);
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
        } catch (FileSystemException e) {
            return Files.exists(asset);
        }
        boolean locked = false;
        try {
            // Who removes the asset moves it away under the lock: so it stays if it is still there.
            locked =
                    channel.tryLock(0, Long.MAX_VALUE, true) != null
                            && before != null
                            && before.equals(identity(file));
        } finally {
            if (!locked) {
                channel.close();
            }
        }
        if (locked) {
            SHARED.put(asset, new Shared(channel, Objects.requireNonNull(before)));
        }
        return locked;
    }

    /**
     * Removes an asset, unless another process shares its lock.
     *
     * @param removal moves the asset away
     * @return whether it was removed
     */
    static synchronized boolean remove(Path asset, FileWork<?> removal)
            throws IOException, InterruptedException {
        Shared own = SHARED.remove(asset);
        if (own != null) {
            own.channel().close();
        }
        boolean removed = false;
        try (FileChannel channel =
                FileChannel.open(
                        asset.resolve(FILE_NAME),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE)) {
            if (channel.tryLock() != null) {
                removal.run();
                removed = true;
            }
        } catch (AccessDeniedException e) {
            // Another user's, who may be using it.
            removed = false;
        }
        if (own != null && !removed) {
            share(asset);
        }
        return removed;
    }

    /** Which file is there; null if none is. */
    private static @Nullable Object identity(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        } catch (NoSuchFileException e) {
            return null;
        }
    }
}
