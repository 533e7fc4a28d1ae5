package dev.microsandbox.vmm.image.store;

import dev.microsandbox.vmm.storage.Fields;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a build records about an asset, stored as {@link Fields}.
 *
 * @param inputs hash of the sources in this module that it was made from
 * @param source version of what else it was made from; empty if there is nothing else
 * @param sha256 of its file
 * @param stamp of its file
 * @param built when the build ended
 */
public record Manifest(
        String inputs, String source, String sha256, FileStamp stamp, Instant built) {

    static final String FILE_NAME = "manifest";

    /** A manifest has about 400 bytes. Anything longer is not one. */
    static final int MAX_BYTES = 4096;

    byte[] encode() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("inputs", inputs);
        fields.put("source", source);
        fields.put("sha256", sha256);
        fields.put("size", stamp.size());
        fields.put("modified", stamp.modified());
        fields.put("inode", stamp.inode());
        fields.put("built", built);
        return Fields.of(fields).encode();
    }

    /** Decodes a manifest; null if the bytes are not one. */
    static @Nullable Manifest decode(byte[] bytes) {
        Fields fields = Fields.decode(bytes);
        try {
            return new Manifest(
                    fields.get("inputs"),
                    fields.get("source"),
                    fields.get("sha256"),
                    new FileStamp(
                            fields.number("size"),
                            Instant.parse(fields.get("modified")),
                            fields.number("inode")),
                    Instant.parse(fields.get("built")));
        } catch (IllegalArgumentException | DateTimeException e) {
            return null;
        }
    }
}
