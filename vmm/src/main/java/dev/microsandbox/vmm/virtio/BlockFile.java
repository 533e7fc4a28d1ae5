package dev.microsandbox.vmm.virtio;

import dev.microsandbox.vmm.linux.LinuxException;
import dev.microsandbox.vmm.linux.OpenFile;
import java.nio.file.Path;

/**
 * The file, or block device, behind a {@link Block}. Its size is that at its opening.
 *
 * @param file open
 * @param sectors whole sectors in it; a rest is not seen by the guest
 * @param isReadOnly whether the guest may not write to it
 */
public record BlockFile(OpenFile file, long sectors, boolean isReadOnly) implements AutoCloseable {

    /** The unit of the protocol, whatever the disk's own is. */
    static final int SECTOR_BYTES = 512;

    /** An image that many machines may share. */
    public static BlockFile readOnly(Path path) throws LinuxException {
        return of(OpenFile.readOnly(path), true);
    }

    /**
     * A disk that one machine alone has open: a workspace. The machines of sandboxes have none so
     * far, only a root file system that is read-only.
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

    /** After the last use. */
    @Override
    public void close() {
        file.close();
    }
}
