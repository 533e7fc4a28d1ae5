package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.config.ConfigException;
import dev.microsandbox.mcp.config.LiveNamespaces;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the files of namespaces again when they change, and logs each change. Looks at the files
 * instead of being told, because network file systems and bind mounts tell nothing.
 */
public final class NamespaceReload {

    private static final Logger log = LoggerFactory.getLogger(NamespaceReload.class);

    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final LiveNamespaces namespaces;
    private final Runnable changed;

    /** The files as they were when they were last read. */
    private String read;

    /** The files as they were at the last look. */
    private String seen;

    /**
     * @param changed is called after changes that count
     */
    NamespaceReload(LiveNamespaces namespaces, Runnable changed) {
        this.namespaces = namespaces;
        this.changed = changed;
        read = look();
        seen = read;
    }

    /** Watches the files for as long as the process lives. */
    public static void start(LiveNamespaces namespaces, Runnable changed) {
        NamespaceReload reload = new NamespaceReload(namespaces, changed);
        Periodic.start("namespaces", PAUSE, reload::check);
    }

    /**
     * Looks at the files, and reads them if they differ from those that were read and have not
     * changed since the last look: whoever writes them may not be done.
     */
    void check() {
        String now = look();
        boolean quiet = now.equals(seen);
        seen = now;
        if (quiet && !now.equals(read)) {
            read = now;
            reload();
        }
    }

    private void reload() {
        List<String> changes;
        try {
            changes = namespaces.reload();
        } catch (ConfigException e) {
            log.warn(
                    "The settings of namespaces stay as they were, because a file is wrong: {}",
                    e.getMessage());
            return;
        }
        changes.forEach(log::info);
        if (!changes.isEmpty()) {
            changed.run();
        }
    }

    /** What tells one state of the files from another: their names, sizes, times and inodes. */
    private String look() {
        TreeMap<String, String> files = new TreeMap<>();
        try (DirectoryStream<Path> found =
                Files.newDirectoryStream(namespaces.directory(), "*.yaml")) {
            for (Path file : found) {
                files.put(file.getFileName().toString(), state(file));
            }
        } catch (IOException | DirectoryIteratorException e) {
            return "unreadable";
        }
        return files.toString();
    }

    private static String state(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.size()
                    + " "
                    + attributes.lastModifiedTime()
                    + " "
                    + attributes.fileKey();
        } catch (IOException e) {
            return "unreadable";
        }
    }
}
