package dev.microsandbox.vmm.image.source;

import dev.microsandbox.vmm.storage.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.List;

/** SHA-256 over the sources of an asset. */
public final class ContentHash {

    private final MessageDigest digest = Sha256.create();

    /** Adds the path, mode and content of each file. The order of the list does not matter. */
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

    /** Adds a field after its length, so that different fields never give the same bytes. */
    private void field(byte[] bytes) {
        number(bytes.length);
        digest.update(bytes);
    }

    private void number(int value) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(value).flip());
    }
}
