package dev.microsandbox.vmm.template;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.vmm.linux.Extent;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.storage.DurableFiles;
import dev.microsandbox.vmm.storage.FileTree;
import dev.microsandbox.vmm.storage.LockFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Where templates are:
 *
 * <pre>
 * templates/ID/about       what it is of
 * templates/ID/saved/      the saved machine; appears whole, at the very end
 * templates/ID/lock        held while it is made
 * </pre>
 *
 * <p>A template's memory has what a guest had in its memory before any user's code ran. Several
 * processes may use one store.
 */
final class TemplateStore {

    private static final String ABOUT = "about";
    private static final String SAVED = "saved";
    private static final String LOCK = "lock";

    private static final long MOST_ABOUT_BYTES = 64 * 1024;

    private final Path directory;

    TemplateStore(Path directory) {
        this.directory = directory;
    }

    /** The saved machine of a template; empty while there is none. */
    Optional<Path> saved(TemplateInfo info) {
        Path saved = place(info).resolve(SAVED);
        return Files.isDirectory(saved) ? Optional.of(saved) : Optional.empty();
    }

    private Path place(TemplateInfo info) {
        return directory.resolve(info.id());
    }

    /** What makes a saved machine in a directory that does not exist yet. */
    @FunctionalInterface
    interface Making {
        void into(Path saved) throws IOException, InterruptedException;
    }

    /**
     * Makes a template unless it is there, and removes what killed processes have left of others.
     *
     * @return false if another process, or thread, is at it
     */
    boolean make(TemplateInfo info, Making making) throws IOException, InterruptedException {
        Path place = place(info);
        Path _ = DurableFiles.createPrivateDirectories(place);
        sweepOthers(place);
        return ifNobodyIsAt(
                place,
                () -> {
                    if (saved(info).isEmpty()) {
                        sweep(place);
                        DurableFiles.replace(place.resolve(ABOUT), info.encode().getBytes(UTF_8));
                        making.into(place.resolve(SAVED));
                    }
                });
    }

    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    /** Does something in a template's directory with its lock held; false if others hold it. */
    private static boolean ifNobodyIsAt(Path place, Work work)
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

    /** Removes what a killed process left half made. Called with the lock held. */
    private static void sweep(Path place) throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(place, ".*")) {
            for (Path path : left) {
                FileTree.delete(path);
            }
        }
    }

    /**
     * Removes the others that nobody is making, and that nobody would remove: what a killed process
     * has left of them, and those that do not say what they are of.
     */
    private void sweepOthers(Path mine) throws IOException, InterruptedException {
        try (DirectoryStream<Path> places = Files.newDirectoryStream(directory)) {
            for (Path place : places) {
                if (!place.equals(mine)
                        && TemplateInfo.isId(place.getFileName().toString())
                        && !isWhole(place)) {
                    boolean _ =
                            ifNobodyIsAt(
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

    /** All that are there whole, the newest first. */
    List<KeptTemplate> list() throws IOException {
        List<KeptTemplate> found = new ArrayList<>();
        try (DirectoryStream<Path> places = Files.newDirectoryStream(directory)) {
            for (Path place : places) {
                Path saved = place.resolve(SAVED);
                Optional<TemplateInfo> info = about(place);
                if (info.isPresent() && Files.isDirectory(saved)) {
                    Instant made = Files.getLastModifiedTime(saved).toInstant();
                    found.add(new KeptTemplate(info.get(), made, size(saved)));
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        }
        found.sort(Comparator.comparing(KeptTemplate::made).reversed());
        return found;
    }

    private static Optional<TemplateInfo> about(Path place) throws IOException {
        Path about = place.resolve(ABOUT);
        // Damage need not be UTF-8, and is no error here.
        return Files.isRegularFile(about) && Files.size(about) <= MOST_ABOUT_BYTES
                ? TemplateInfo.decode(new String(Files.readAllBytes(about), UTF_8))
                : Optional.empty();
    }

    /**
     * Checks that a template says of itself what it is: else nobody would remove it when it is no
     * longer of use.
     */
    void requireDescription(TemplateInfo info) throws IOException {
        Path place = place(info);
        if (about(place).filter(found -> found.id().equals(info.id())).isEmpty()) {
            throw new IOException(
                    "The template %s cannot be used: its file '%s' is damaged or missing"
                            .formatted(place, ABOUT));
        }
    }

    /** Bytes on the disk: the memory's file has holes. */
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
     * Removes a template; machines that were made of it go on.
     *
     * @return whether there was one
     */
    boolean remove(String id) throws IOException {
        if (!TemplateInfo.isId(id)) {
            return false;
        }
        Path place = directory.resolve(id);
        if (!Files.isDirectory(place)) {
            return false;
        }
        // Whoever looks meanwhile finds no template rather than half of one.
        Path saved = place.resolve(SAVED);
        if (Files.isDirectory(saved)) {
            DurableFiles.rename(saved, place.resolve(".removed"));
        }
        FileTree.delete(place);
        return true;
    }

    /** Removes a saved machine that turned out to be of no use, so that it is made anew. */
    void discard(TemplateInfo info) throws IOException {
        Path saved = place(info).resolve(SAVED);
        if (Files.isDirectory(saved)) {
            FileTree.delete(saved);
        }
    }
}
