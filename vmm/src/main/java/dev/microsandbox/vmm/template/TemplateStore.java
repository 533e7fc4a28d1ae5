package dev.microsandbox.vmm.template;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.storage.DurableFiles;
import dev.microsandbox.vmm.storage.FileTree;
import dev.microsandbox.vmm.storage.LockFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Stores templates in a directory:
 *
 * <pre>
 * templates/ID/about       its description
 * templates/ID/saved/      the saved machine; appears complete, at the very end
 * templates/ID/lock        locked while it is made
 * </pre>
 *
 * <p>A template contains a guest's memory from before any user's code ran. Several processes may
 * use one store.
 */
final class TemplateStore {

    private static final String ABOUT = "about";
    private static final String SAVED = "saved";
    private static final String LOCK = "lock";

    private static final Set<PosixFilePermission> PASSABLE =
            PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Set<PosixFilePermission> READABLE =
            PosixFilePermissions.fromString("r--r--r--");

    private static final long MOST_ABOUT_BYTES = 64 * 1024;

    private final Path directory;

    TemplateStore(Path directory) {
        this.directory = directory;
    }

    /** The directory of a template's saved machine; empty if there is none. */
    Optional<Path> saved(TemplateInfo info) {
        Path saved = place(info).resolve(SAVED);
        return Files.isDirectory(saved) ? Optional.of(saved) : Optional.empty();
    }

    private Path place(TemplateInfo info) {
        return directory.resolve(info.id());
    }

    /** Writes a saved machine to a directory that does not exist yet. */
    @FunctionalInterface
    interface SavedMachineWriter {
        void write(Path saved) throws IOException, InterruptedException;
    }

    /**
     * Makes a template unless it exists, and removes what killed processes have left of others.
     *
     * @return false if another process or thread is making it
     */
    boolean make(TemplateInfo info, SavedMachineWriter writer)
            throws IOException, InterruptedException {
        Path place = place(info);
        Path _ = DurableFiles.createPrivateDirectories(place);
        sweepOthers(place);
        return ifUnlocked(
                place,
                () -> {
                    if (saved(info).isEmpty()) {
                        sweep(place);
                        DurableFiles.replace(place.resolve(ABOUT), info.encode().getBytes(UTF_8));
                        writer.write(place.resolve(SAVED));
                    }
                    publish(place);
                });
    }

    /** Whether every user may read a template, or this user cannot change that. */
    boolean isPublished(TemplateInfo info) {
        Path saved = place(info).resolve(SAVED);
        try {
            return Files.getPosixFilePermissions(saved).equals(PASSABLE)
                    || !Files.isWritable(place(info));
        } catch (IOException e) {
            return true;
        }
    }

    /**
     * Lets every user read a template, who may not change it: workers have users of their own. It
     * holds nothing of anybody. Directories of other users stay as they are.
     */
    private void publish(Path place) throws IOException {
        try {
            Files.setPosixFilePermissions(directory, PASSABLE);
            Files.setPosixFilePermissions(place, PASSABLE);
            Files.setPosixFilePermissions(place.resolve(ABOUT), READABLE);
            Path saved = place.resolve(SAVED);
            try (DirectoryStream<Path> files = Files.newDirectoryStream(saved)) {
                for (Path file : files) {
                    Files.setPosixFilePermissions(file, READABLE);
                }
            }
            Files.setPosixFilePermissions(saved, PASSABLE);
        } catch (FileSystemException e) {
            // It is another user's, who shares it or does not.
        }
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    /**
     * Does some work while holding the lock of a template's directory. Returns false if others hold
     * the lock.
     */
    private static boolean ifUnlocked(Path place, Work work)
            throws IOException, InterruptedException {
        try (LockFile lock =
                LockFile.tryExclusive(place.resolve(LOCK), Duration.ZERO).orElse(null)) {
            if (lock == null) {
                return false;
            }
            work.run();
            return true;
        }
    }

    /** Removes what a killed process left unfinished. The caller holds the template's lock. */
    private static void sweep(Path place) throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(place, ".*")) {
            for (Path path : left) {
                FileTree.delete(path);
            }
        }
    }

    /**
     * Removes other directories that are not complete templates and that nobody is making: what
     * killed processes have left, and those without a valid description. Nothing else would remove
     * them.
     */
    private void sweepOthers(Path mine) throws IOException, InterruptedException {
        try (DirectoryStream<Path> places = Files.newDirectoryStream(directory)) {
            for (Path place : places) {
                if (!place.equals(mine)
                        && TemplateInfo.isId(place.getFileName().toString())
                        && !isWhole(place)) {
                    boolean _ =
                            ifUnlocked(
                                    place,
                                    () -> {
                                        if (!isWhole(place)) {
                                            FileTree.delete(place);
                                        }
                                    });
                }
            }
        }
    }

    private static boolean isWhole(Path place) throws IOException {
        return Files.isDirectory(place.resolve(SAVED)) && about(place).isPresent();
    }

    /** All complete templates, newest first. */
    List<TemplateEntry> list() throws IOException {
        List<TemplateEntry> found = new ArrayList<>();
        try (DirectoryStream<Path> places = Files.newDirectoryStream(directory)) {
            for (Path place : places) {
                Path saved = place.resolve(SAVED);
                Optional<TemplateInfo> info = about(place);
                if (info.isPresent() && Files.isDirectory(saved)) {
                    Instant made = Files.getLastModifiedTime(saved).toInstant();
                    found.add(new TemplateEntry(info.get(), made, size(saved)));
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        }
        found.sort(Comparator.comparing(TemplateEntry::made).reversed());
        return found;
    }

    private static Optional<TemplateInfo> about(Path place) throws IOException {
        Path about = place.resolve(ABOUT);
        // A damaged file may not be valid UTF-8, which must not be an error here.
        return Files.isRegularFile(about) && Files.size(about) <= MOST_ABOUT_BYTES
                ? TemplateInfo.decode(new String(Files.readAllBytes(about), UTF_8))
                : Optional.empty();
    }

    /**
     * Checks that a template's description is intact. Without it, nobody would remove the template
     * when it is no longer needed.
     */
    void requireDescription(TemplateInfo info) throws IOException {
        Path place = place(info);
        if (about(place).filter(found -> found.id().equals(info.id())).isEmpty()) {
            throw new IOException(
                    "The template %s cannot be used: its file '%s' is damaged or missing"
                            .formatted(place, ABOUT));
        }
    }

    /** The disk space of a saved machine, in bytes. Holes of the memory file do not count. */
    private static long size(Path saved) throws IOException {
        long size = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(saved)) {
            for (Path file : files) {
                try (OpenFile open = OpenFile.readOnly(file)) {
                    for (Extent extent : open.data()) {
                        size += extent.length();
                    }
                }
            }
        }
        return size;
    }

    /**
     * Removes a template. Machines that were started from it keep running.
     *
     * @return whether it existed
     */
    boolean remove(String id) throws IOException {
        if (!TemplateInfo.isId(id)) {
            return false;
        }
        Path place = directory.resolve(id);
        if (!Files.isDirectory(place)) {
            return false;
        }
        // Renamed first, so that others find no template rather than half of one.
        Path saved = place.resolve(SAVED);
        if (Files.isDirectory(saved)) {
            DurableFiles.rename(saved, place.resolve(".removed"));
        }
        FileTree.delete(place);
        return true;
    }

    /** Removes a saved machine that cannot be used, so that it is made again. */
    void discard(TemplateInfo info) throws IOException {
        Path saved = place(info).resolve(SAVED);
        if (Files.isDirectory(saved)) {
            FileTree.delete(saved);
        }
    }
}
