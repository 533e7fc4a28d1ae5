package dev.microsandbox.mcp.session;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A small file of JSON, and in a second line its SHA-256: damage of any byte is found, also such
 * that leaves it JSON. It is written whole or not at all.
 */
final class SealedFile {

    private static final JsonMapper JSON = JsonMapper.shared();

    /** A line of 64 hexadecimal digits. */
    private static final int SEAL_LENGTH = 65;

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
        byte[] all = Arrays.copyOf(json, json.length + SEAL_LENGTH);
        System.arraycopy(seal(json), 0, all, json.length, SEAL_LENGTH);
        if (all.length > MOST_BYTES) {
            throw new IOException(file.getFileName() + " would be too long");
        }
        PrivateFiles.write(file, all);
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
        byte[] all = Files.readAllBytes(file);
        int length = Math.max(0, all.length - SEAL_LENGTH);
        byte[] json = Arrays.copyOf(all, length);
        if (!MessageDigest.isEqual(seal(json), Arrays.copyOfRange(all, length, all.length))) {
            throw damaged(file, null);
        }
        try {
            return JSON.readTree(json);
        } catch (JacksonException e) {
            throw damaged(file, e);
        }
    }

    /** What is said of a file that is not as it was written. */
    static IOException damaged(Path file, @Nullable Exception cause) {
        return new IOException(file.getFileName() + " is damaged", cause);
    }

    private static byte[] seal(byte[] json) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(json);
            return (HexFormat.of().formatHex(digest) + '\n').getBytes(US_ASCII);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
