package dev.microsandbox.vmm.image.store;

import dev.microsandbox.vmm.storage.Fields;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is recorded of an asset when it is built, as {@link Fields}.
 *
 * @param inputs hash of the sources in this module that it was made from
 * @param source version of what else it was made from, empty where there is none
 * @param sha256 of its file
 * @param stamp its file, as the file system knew it
 * @param built when
 */
public record Manifest(
        String inputs, String source, String sha256, FileStamp stamp, Instant built) {

    static final String FILE_NAME = "manifest";

    /** A manifest has some 400 bytes; a longer one was not written here. */
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

    /** Reads a manifest; null if this is none. */
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
