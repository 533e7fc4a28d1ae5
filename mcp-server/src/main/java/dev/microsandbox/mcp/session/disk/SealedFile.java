package dev.microsandbox.mcp.session.disk;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.microsandbox.vmm.storage.DurableFiles;
import dev.microsandbox.vmm.storage.Seal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A small JSON file with its {@link Seal} in a second line. The seal detects damage to any byte,
 * including damage that leaves valid JSON. The file is replaced atomically.
 */
final class SealedFile {

    private static final JsonMapper JSON = JsonMapper.shared();

    /** Upper bound on the size of a file; larger than any client has reason to cause. */
    private static final long MAX_BYTES = 1 << 20;

    private SealedFile() {}

    /**
     * Writes the file.
     *
     * @throws IOException if writing fails, or the content is too long
     */
    static void write(Path file, Object content) throws IOException {
        byte[] json = (JSON.writeValueAsString(content) + '\n').getBytes(UTF_8);
        byte[] all = Seal.PLAIN.append(json);
        if (all.length > MAX_BYTES) {
            throw new IOException(file.getFileName() + " would be too long");
        }
        DurableFiles.replace(file, all);
    }

    /**
     * Reads the file.
     *
     * @throws java.nio.file.NoSuchFileException if it does not exist
     * @throws IOException if it cannot be read, or is damaged
     */
    static JsonNode read(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw damaged(file, null);
        }
        byte[] json =
                Seal.PLAIN.open(Files.readAllBytes(file)).orElseThrow(() -> damaged(file, null));
        try {
            return JSON.readTree(json);
        } catch (JacksonException e) {
            throw damaged(file, e);
        }
    }

    /**
     * The value of a JSON string. Rejects JSON null, for which Jackson would return null.
     *
     * @throws IllegalArgumentException if the value is not a string
     */
    static String text(JsonNode value) {
        if (!value.isString()) {
            throw new IllegalArgumentException("not a string");
        }
        return value.stringValue();
    }

    /** The exception for a file whose content differs from what was written. */
    static IOException damaged(Path file, @Nullable Exception cause) {
        return new IOException(file.getFileName() + " is damaged", cause);
    }
}
