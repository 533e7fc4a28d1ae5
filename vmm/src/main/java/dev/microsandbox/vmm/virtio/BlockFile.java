package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.OpenFile;
import java.nio.file.Path;

/**
 * The file or block device behind a {@link Block}. Its size is fixed when it is opened.
 *
 * @param file open
 * @param sectors number of whole sectors; the guest does not see a partial one at the end
 * @param isReadOnly whether the guest may not write to it
 */
public record BlockFile(OpenFile file, long sectors, boolean isReadOnly) implements AutoCloseable {

    /** The protocol's unit, whatever the disk's own sector size is. */
    static final int SECTOR_BYTES = 512;

    /** Opens an image that many machines may share. */
    public static BlockFile readOnly(Path path) throws LinuxException {
        return of(OpenFile.readOnly(path), true);
    }

    /**
     * Opens a disk that only one machine uses: a workspace. Sandboxes do not use one yet; their
     * only disk is the read-only root file system.
     */
    public static BlockFile writable(Path path) throws LinuxException {
        return of(OpenFile.readWrite(path), false);
    }

    private static BlockFile of(OpenFile file, boolean isReadOnly) throws LinuxException {
        try {
            return new BlockFile(file, file.size() / SECTOR_BYTES, isReadOnly);
        } catch (LinuxException e) {
            file.close();
            throw e;
        }
    }

    /** Whether a range is within the disk. */
    boolean contains(long sector, long count) {
        return sector >= 0 && count >= 0 && count <= sectors - sector;
    }

    /** Closes the file. Must come after the last use. */
    @Override
    public void close() {
        file.close();
    }
}
