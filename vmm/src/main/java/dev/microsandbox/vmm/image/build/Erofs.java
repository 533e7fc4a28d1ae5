package dev.microsandbox.vmm.image.build;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.microsandbox.vmm.ImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Checks that a file is a root file system: erofs without compression (Linux fs/erofs/erofs_fs.h).
 */
final class Erofs {

    private static final int SUPERBLOCK_OFFSET = 1024;
    private static final int SUPERBLOCK_BYTES = 128;
    private static final int MAGIC = 0xe0f5e1e2;

    /** Log2 of the guest kernel's page size, the only block size that it supports. */
    private static final int BLOCK_BITS = 12;

    private static final int BLOCK_BITS_AT = 12;
    private static final int BLOCKS_AT = 36;
    private static final int INCOMPATIBLE_FEATURES_AT = 80;

    private Erofs() {}

    /**
     * @throws ImageException if the file is not such a file system, or is cut short
     */
    static void check(Path file) throws IOException {
        ByteBuffer superblock = ByteBuffer.allocate(SUPERBLOCK_BYTES).order(LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(file)) {
            channel.read(superblock, SUPERBLOCK_OFFSET);
            if (superblock.hasRemaining() || superblock.getInt(0) != MAGIC) {
                throw problem(file, "it has no superblock");
            }
            if (superblock.get(BLOCK_BITS_AT) != BLOCK_BITS) {
                throw problem(file, "its blocks are not of 4096 bytes");
            }
            if (superblock.getInt(INCOMPATIBLE_FEATURES_AT) != 0) {
                throw problem(file, "it is compressed, or newer than the guest's kernel");
            }
            long blocks = Integer.toUnsignedLong(superblock.getInt(BLOCKS_AT));
            if (channel.size() < blocks << BLOCK_BITS) {
                throw problem(file, "it is cut short");
            }
        }
    }

    private static ImageException problem(Path file, String problem) {
        return new ImageException(file + " is not an erofs file system for a guest: " + problem);
    }
}
