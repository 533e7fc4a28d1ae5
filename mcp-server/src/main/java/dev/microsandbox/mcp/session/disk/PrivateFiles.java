package dev.microsandbox.mcp.session.disk;

import dev.microsandbox.mcp.text.ClientText;
import dev.microsandbox.mcp.text.FaultLine;
import dev.microsandbox.vmm.storage.DurableFiles;
import dev.microsandbox.vmm.storage.FileTree;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files and directories that only their owner may access, because they hold guest memory. */
public final class PrivateFiles {

    private static final Logger log = LoggerFactory.getLogger(PrivateFiles.class);

    private PrivateFiles() {}

    /** Creates a directory and its missing parents. */
    static Path createDirectory(Path directory) throws IOException {
        return DurableFiles.createPrivateDirectories(directory);
    }

    /** Deletes a directory that is no longer needed. A failure is only logged. */
    public static void discard(Path directory) {
        try {
            FileTree.delete(directory);
        } catch (IOException e) {
            log.warn("{} cannot be removed: {}", directory, FaultLine.of(e));
        }
    }

    /** The reason for a failure, without the path: clients must not learn paths of this machine. */
    public static String reason(IOException e) {
        String reason = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
        return ClientText.of(reason != null ? reason : e.getClass().getSimpleName());
    }
}
