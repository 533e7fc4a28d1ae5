package dev.microsandbox.mcp.session.disk;

import dev.microsandbox.vmm.storage.DurableFiles;
import dev.microsandbox.vmm.storage.FileTree;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files and directories that nobody but their owner may enter: they hold guests' memory. */
public final class PrivateFiles {

    private static final Logger log = LoggerFactory.getLogger(PrivateFiles.class);

    private PrivateFiles() {}

    /** Makes a directory and those above it that are missing. */
    static Path directory(Path directory) throws IOException {
        return DurableFiles.createPrivateDirectories(directory);
    }

    /** Deletes what is of no use any more: a failure is only logged. */
    public static void discard(Path directory) {
        try {
            FileTree.delete(directory);
        } catch (IOException e) {
            log.warn("{} cannot be removed", directory, e);
        }
    }

    /** Why something failed, without the path on this machine, which is nobody else's business. */
    public static String reason(IOException e) {
        if (e instanceof FileSystemException file) {
            return file.getReason() != null ? file.getReason() : e.getClass().getSimpleName();
        }
        return e.getMessage() != null ? e.getMessage() : e.getClass().getSimpleName();
    }
}
