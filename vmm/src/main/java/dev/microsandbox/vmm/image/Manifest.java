package dev.microsandbox.vmm.image;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is recorded of an asset when it is built: {@code key=value} lines.
 *
 * @param inputs hash of the sources in this module that it was made from
 * @param source version of what else it was made from, empty where there is none
 * @param sha256 of its file
 * @param stamp its file, as the file system knew it
 * @param built when
 */
record Manifest(String inputs, String source, String sha256, FileStamp stamp, Instant built) {

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
        StringBuilder text = new StringBuilder();
        fields.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Reads a manifest; null if this is none. */
    static @Nullable Manifest decode(byte[] bytes) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String line : new String(bytes, StandardCharsets.UTF_8).lines().toList()) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                fields.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        try {
            return new Manifest(
                    field(fields, "inputs"),
                    field(fields, "source"),
                    field(fields, "sha256"),
                    new FileStamp(
                            Long.parseLong(field(fields, "size")),
                            Instant.parse(field(fields, "modified")),
                            Long.parseLong(field(fields, "inode"))),
                    Instant.parse(field(fields, "built")));
        } catch (IllegalArgumentException | DateTimeException e) {
            return null;
        }
    }

    private static String field(Map<String, String> fields, String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException(name);
        }
        return value;
    }
}
