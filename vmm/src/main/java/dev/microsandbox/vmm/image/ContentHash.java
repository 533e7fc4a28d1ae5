package dev.microsandbox.vmm.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/** SHA-256 of what assets are made from, and of assets. In small hexadecimal digits. */
final class ContentHash {

    private static final int BUFFER_BYTES = 1 << 20;

    private final MessageDigest digest = sha256();

    /** Adds files, whatever their order: path, mode and content of each. */
    ContentHash files(List<GuestFile> files) {
        files.stream().sorted(Comparator.comparing(GuestFile::path)).forEach(this::file);
        return this;
    }

    private void file(GuestFile file) {
        text(file.path());
        number(file.mode());
        field(file.content());
    }

    ContentHash text(String text) {
        field(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Each field with its length, so that no two lists of fields give the same bytes. */
    private void field(byte[] bytes) {
        number(bytes.length);
        digest.update(bytes);
    }

    private void number(int value) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(value).flip());
    }

    /** The hash of a file's bytes alone, as sha256sum prints it. */
    static String ofFile(Path file) throws IOException, InterruptedException {
        MessageDigest digest = sha256();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        try (FileChannel channel = FileChannel.open(file)) {
            while (channel.read(buffer.clear()) >= 0) {
                digest.update(buffer.flip());
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
