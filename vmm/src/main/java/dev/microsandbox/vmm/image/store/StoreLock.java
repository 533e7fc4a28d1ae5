package dev.microsandbox.vmm.image.store;

import dev.microsandbox.vmm.Progress;
import dev.microsandbox.vmm.storage.DurableFiles;
import dev.microsandbox.vmm.storage.LockFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The lock for changing a store. One thread of one process holds it at a time. */
public final class StoreLock {

    private StoreLock() {}

    /** Waits for the lock, and reports who holds it if it is taken. */
    public static LockFile acquire(StoreLayout layout, Progress progress)
            throws IOException, InterruptedException {
        Path _ = DurableFiles.createDirectories(layout.assets());
        try {
            // With the permissions of the process's umask, since users may share a store.
            Files.createFile(layout.lock());
        } catch (FileAlreadyExistsException e) {
            // From an earlier build.
        }
        return LockFile.exclusive(
                layout.lock(), owner -> progress.report("Waiting for " + words(owner)));
    }

    private static String words(long owner) {
        if (owner == ProcessHandle.current().pid()) {
            return "another build in this process";
        }
        return (owner == 0 ? "another process" : "process " + owner) + ", which is building images";
    }
}
