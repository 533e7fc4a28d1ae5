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
 * A small file of JSON, and in a second line its {@link Seal}: damage of any byte is found, also
 * such that leaves it JSON. It is written whole or not at all.
 */
final class SealedFile {

    private static final JsonMapper JSON = JsonMapper.shared();

    /** More than a client has reason to make one of. */
    private static final long MOST_BYTES = 1 << 20;

    private SealedFile() {}

    /**
     * Writes it.
     *
     * @throws IOException if that fails, or it is too long
     */
    static void write(Path file, Object content) throws IOException {
        byte[] json = (JSON.writeValueAsString(content) + '\n').getBytes(UTF_8);
        byte[] all = Seal.PLAIN.append(json);
        if (all.length > MOST_BYTES) {
            throw new IOException(file.getFileName() + " would be too long");
        }
        DurableFiles.replace(file, all);
    }

    /**
     * Reads it.
     *
     * @throws java.nio.file.NoSuchFileException if it is not there
     * @throws IOException if it cannot be read, or is damaged
     */
    static JsonNode read(Path file) throws IOException {
        if (Files.size(file) > MOST_BYTES) {
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
     * A text that a file has. Where JSON has null, Jackson has a text that is null.
     *
     * @throws IllegalArgumentException if it is none
     */
    static String text(JsonNode value) {
        if (!value.isString()) {
            throw new IllegalArgumentException("not a text");
        }
        return value.stringValue();
    }

    /** What is said of a file that is not as it was written. */
    static IOException damaged(Path file, @Nullable Exception cause) {
        return new IOException(file.getFileName() + " is damaged", cause);
    }
}
