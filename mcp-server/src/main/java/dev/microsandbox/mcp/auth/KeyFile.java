package dev.microsandbox.mcp.auth;

import dev.microsandbox.vmm.storage.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One key on disk: a small JSON file that only its owner may read.
 *
 * @param key the data of the key
 * @param sha256 the SHA-256 of the token
 */
record KeyFile(ApiKey key, byte[] sha256) {

    static final String SUFFIX = ".json";

    private static final JsonMapper JSON = JsonMapper.shared();

    /** Upper bound on the size of a key file; files that this class writes have about 250 bytes. */
    private static final int MAX_BYTES = 4096;

    /**
     * Reads the file of a key.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such key
     * @throws IOException if the file cannot be read or is damaged
     */
    static KeyFile read(Path directory, String id) throws IOException {
        Path file = directory.resolve(id + SUFFIX);
        byte[] text;
        try (var in = Files.newInputStream(file)) {
            text = in.readNBytes(MAX_BYTES);
        }
        try {
            JsonNode node = JSON.readTree(text);
            ApiKey key =
                    new ApiKey(
                            id,
                            Namespaces.validate(text(node, "namespace")),
                            Instant.parse(text(node, "created")),
                            instant(node, "expires"),
                            instant(node, "revoked"));
            return new KeyFile(key, HexFormat.of().parseHex(text(node, "sha256")));
        } catch (JacksonException | DateTimeException | IllegalArgumentException e) {
            throw new IOException(
                    file + " is damaged. Remove it, and create a new key for its user.", e);
        }
    }

    static boolean exists(Path directory, String id) {
        return Files.exists(directory.resolve(id + SUFFIX));
    }

    /** Replaces the file atomically and durably, even if the machine loses power in between. */
    void write(Path directory) throws IOException {
        DurableFiles.replace(
                directory.resolve(key.id() + SUFFIX), JSON.writeValueAsBytes(fields()));
    }

    static void createDirectory(Path directory) throws IOException {
        Path _ = DurableFiles.createPrivateDirectories(directory);
    }

    private Map<String, String> fields() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("namespace", key.namespace());
        fields.put("sha256", HexFormat.of().formatHex(sha256));
        fields.put("created", key.created().toString());
        if (key.expires() != null) {
            fields.put("expires", key.expires().toString());
        }
        if (key.revoked() != null) {
            fields.put("revoked", key.revoked().toString());
        }
        return fields;
    }

    private static @Nullable Instant instant(JsonNode node, String field) {
        return node.has(field) ? Instant.parse(text(node, field)) : null;
    }

    /** A field's string value. Rejects JSON null, for which Jackson would return null. */
    private static String text(JsonNode node, String field) {
        JsonNode value = node.required(field);
        if (!value.isString()) {
            throw new IllegalArgumentException(field + " is not a string");
        }
        return value.stringValue();
    }
}
