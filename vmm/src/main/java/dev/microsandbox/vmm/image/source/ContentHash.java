package dev.microsandbox.vmm.image.source;

import dev.microsandbox.vmm.storage.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.List;

/** SHA-256 of what assets are made from. */
public final class ContentHash {

    private final MessageDigest digest = Sha256.create();

    /** Adds files, whatever their order: path, mode and content of each. */
    public ContentHash files(List<GuestFile> files) {
        files.stream().sorted(Comparator.comparing(GuestFile::path)).forEach(this::file);
        return this;
    }

    private void file(GuestFile file) {
        text(file.path());
        number(file.mode());
        field(file.content());
    }

    public ContentHash text(String text) {
        field(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    public String hex() {
        return Sha256.hex(digest);
    }

    /** Each field with its length, so that no two lists of fields give the same bytes. */
    private void field(byte[] bytes) {
        number(bytes.length);
        digest.update(bytes);
    }

    private void number(int value) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(value).flip());
    }
}
