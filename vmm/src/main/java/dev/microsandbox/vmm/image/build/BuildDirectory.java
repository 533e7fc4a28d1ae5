package dev.microsandbox.vmm.image.build;

import dev.microsandbox.vmm.storage.FileTree;
import dev.microsandbox.vmm.storage.UndeletedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A directory that build tools have filled. */
public final class BuildDirectory {

    private BuildDirectory() {}

    /**
     * Deletes the directory, including files that belong to the sub-uids of an ordinary user. What
     * cannot be deleted now stays for the next build to delete.
     */
    public static void delete(Path directory) throws IOException, InterruptedException {
        try {
            FileTree.delete(directory);
        } catch (UndeletedException e) {
            if (!HostUser.isRoot()) {
                // Only root of this user's namespace may delete what sub-uids own.
                List<String> rm =
                        List.of("rm", "-rf", "--one-file-system", "--", directory.toString());
                ToolRun.output(Containment.asRoot(rm).toArray(String[]::new));
            }
        }
    }
}
