package dev.microsandbox.vmm.snapshot;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A hidden directory beside the one that is to appear. Its file {@code state} is locked as long as
 * somebody is writing: what a killed process has left is not, and goes when the next one begins
 * there. For one thread.
 */
final class Aside implements AutoCloseable {

    private static final String SUFFIX = ".partial";

    /** It is what a guest had in its memory: for its owner alone. */
    private static final String DIRECTORY_MODE = "rwx------";

    /**
     * Those that this process is writing. A lock is the process's: looking whether one of these is
     * locked would end its lock.
     */
    private static final Set<Path> MINE = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final Path place;
    private final FileChannel state;
    private boolean appeared;

    private Aside(Path directory, Path place, FileChannel state) {
        this.directory = directory;
        this.place = place;
        this.state = state;
    }

    /**
     * Begins, and removes what others have left beside it.
     *
     * @param directory that is to appear, and is not there
     */
    static Aside begin(Path directory) throws IOException {
        Path parent = Objects.requireNonNull(directory.getParent()).toRealPath();
        Path named = parent.resolve(Objects.requireNonNull(directory.getFileName()));
        sweep(parent);
        // Another process may sweep between the making and the locking: then once more.
        for (int again = 10; ; again--) {
            Aside made = tryBegin(named);
            if (made != null) {
                return made;
            }
            if (again == 0) {
                throw new IOException("others keep removing what is begun in " + parent);
            }
        }
    }

    private static @Nullable Aside tryBegin(Path directory) throws IOException {
        String unique = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        Path place =
                directory.resolveSibling("." + directory.getFileName() + "." + unique + SUFFIX);
        Path stateFile = place.resolve(SnapshotFile.NAME);
        FileChannel state = null;
        Aside made = null;
        MINE.add(place);
        try {
            makeDirectory(place);
            state = FileChannel.open(stateFile, CREATE_NEW, WRITE);
            if (state.tryLock() != null && Files.exists(stateFile)) {
                made = new Aside(directory, place, state);
            }
            return made;
        } catch (NoSuchFileException e) {
            return null;
        } finally {
            if (made == null) {
                delete(place);
                if (state != null) {
                    state.close();
                }
                MINE.remove(place);
            }
        }
    }

    Path place() {
        return place;
    }

    /** Where it will be. */
    Path directory() {
        return directory;
    }

    /** Writes the file {@code state}, and has everything appear when that is on the disk. */
    void appear(byte[] content) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(content);
        while (bytes.hasRemaining()) {
            int _ = state.write(bytes);
        }
        state.force(true);
        sync(place);
        Files.move(place, directory, ATOMIC_MOVE);
        appeared = true;
        // Nobody is to write to it by accident. Not earlier: others look for the lock by writing.
        Files.setPosixFilePermissions(
                directory.resolve(SnapshotFile.NAME), PosixFilePermissions.fromString("r--------"));
        sync(Objects.requireNonNull(directory.getParent()));
    }

    private static void makeDirectory(Path directory) throws IOException {
        Files.createDirectory(
                directory,
                PosixFilePermissions.asFileAttribute(
                        PosixFilePermissions.fromString(DIRECTORY_MODE)));
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path)) {
            channel.force(true);
        }
    }

    /** Leaves nothing behind where nothing has appeared. Idempotent. */
    @Override
    public void close() throws IOException {
        try {
            if (!appeared && MINE.contains(place)) {
                delete(place);
            }
        } finally {
            state.close();
            MINE.remove(place);
        }
    }

    private static void sweep(Path parent) throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(parent, ".*" + SUFFIX)) {
            for (Path place : left) {
                if (Files.isDirectory(place, NOFOLLOW_LINKS) && !MINE.contains(place)) {
                    sweepOne(place);
                }
            }
        }
    }

    private static void sweepOne(Path place) throws IOException {
        try (FileChannel state = FileChannel.open(place.resolve(SnapshotFile.NAME), WRITE)) {
            if (state.tryLock() != null) {
                delete(place);
            }
        } catch (OverlappingFileLockException e) {
            // Begun by this process since.
        } catch (NoSuchFileException e) {
            // Begun at this moment, or left so; in the first case its maker begins anew.
            try {
                Files.deleteIfExists(place);
            } catch (DirectoryNotEmptyException notLeft) {
                // It goes next time.
            }
        } catch (AccessDeniedException | DirectoryNotEmptyException e) {
            // Another user's; or with directories in it, so none that was begun here.
        }
    }

    private static void delete(Path place) throws IOException {
        Path lock = place.resolve(SnapshotFile.NAME);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(place)) {
            for (Path file : files) {
                // The lock's file last: until then others leave it alone.
                if (!file.equals(lock)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (NoSuchFileException e) {
            return;
        }
        Files.deleteIfExists(lock);
        Files.deleteIfExists(place);
    }
}
