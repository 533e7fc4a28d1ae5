package dev.microsandbox.vmm.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256. A hash as text has 64 lowercase hexadecimal digits. */
public final class Sha256 {

    private static final int BUFFER_BYTES = 1 << 20;

    private Sha256() {}

    /** Creates a digest, for content that arrives in parts. */
    public static MessageDigest create() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /** The 32 bytes of the hash of some bytes. */
    public static byte[] bytes(byte[] content) {
        return create().digest(content);
    }

    /** The hash of some bytes as text. */
    public static String of(byte[] content) {
        return HexFormat.of().formatHex(bytes(content));
    }

    /** The hash of a digest's content as text. Resets the digest. */
    public static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * The hash of a file's content as text, as sha256sum prints it.
     *
     * @throws InterruptedException if interrupted; a large file takes seconds
     */
    public static String ofFile(Path file) throws IOException, InterruptedException {
        MessageDigest digest = create();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        try (FileChannel channel = FileChannel.open(file)) {
            while (channel.read(buffer.clear()) >= 0) {
                digest.update(buffer.flip());
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        } catch (ClosedByInterruptException e) {
            Thread.interrupted();
            throw new InterruptedException();
        }
        return hex(digest);
    }
}
