package dev.microsandbox.vmm.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;

/** The files of a template, beside its manifest. */
final class TemplateFiles {

    /** RAM: a file of its size, with holes where it is zero. */
    static final String MEMORY = "memory";

    /** The rest of the machine, as QEMU writes it. */
    static final String STATE = "state";

    /** A state has some hundred KiB; who sends more than this has lost its senses. */
    static final int MOST_STATE_BYTES = 16 << 20;

    private TemplateFiles() {}

    /**
     * Writes a machine's state as it comes.
     *
     * @return its hash
     */
    static String receiveState(ReadableByteChannel from, Path file)
            throws IOException, InterruptedException {
        MessageDigest digest = Sha256.create();
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
        long total = 0;
        try (FileChannel to = FileChannel.open(file, StandardOpenOption.WRITE)) {
            while (from.read(buffer.clear()) >= 0) {
                total += buffer.flip().remaining();
                if (total > MOST_STATE_BYTES) {
                    throw new IOException(
                            "QEMU's state has more than " + MOST_STATE_BYTES + " bytes");
                }
                digest.update(buffer.duplicate());
                while (buffer.hasRemaining()) {
                    to.write(buffer);
                }
            }
        } catch (ClosedByInterruptException e) {
            throw PrivateSocket.interrupted(e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
