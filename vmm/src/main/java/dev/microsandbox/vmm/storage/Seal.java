package dev.microsandbox.vmm.storage;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The checksum in the last line of a small file: the SHA-256 of everything before that line. It
 * detects damage to any byte, but not tampering, because whoever changes the file can seal it
 * again.
 *
 * @param prefix the beginning of that line
 */
public record Seal(String prefix) {

    private static final int DIGITS = 64;

    /** The seal of a file whose last line holds only the checksum. */
    public static final Seal PLAIN = new Seal("");

    /** The content followed by its seal. The content must end with a line feed or be empty. */
    public byte[] append(byte[] content) {
        byte[] line = line(content);
        byte[] sealed = Arrays.copyOf(content, content.length + line.length);
        System.arraycopy(line, 0, sealed, content.length, line.length);
        return sealed;
    }

    /** The content of what {@link #append} returned; empty if the bytes are anything else. */
    public Optional<byte[]> open(byte[] sealed) {
        int length = sealed.length - prefix.length() - DIGITS - 1;
        if (length < 0) {
            return Optional.empty();
        }
        byte[] content = Arrays.copyOf(sealed, length);
        byte[] line = Arrays.copyOfRange(sealed, length, sealed.length);
        return Arrays.equals(line, line(content)) ? Optional.of(content) : Optional.empty();
    }

    private byte[] line(byte[] content) {
        return (prefix + Sha256.of(content) + "\n").getBytes(StandardCharsets.US_ASCII);
    }
}
