package dev.microsandbox.vmm.storage;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The checksum of a small file, in its last line: the SHA-256 of all before that line. It finds
 * damage of any byte; whoever means to change the file can seal it anew.
 *
 * @param prefix what the line begins with
 */
public record Seal(String prefix) {

    private static final int DIGITS = 64;

    /** Of a file whose last line is nothing but the checksum. */
    public static final Seal PLAIN = new Seal("");

    /** The content and its seal. The content ends with a line feed, or is empty. */
    public byte[] append(byte[] content) {
        byte[] line = line(content);
        byte[] sealed = Arrays.copyOf(content, content.length + line.length);
        System.arraycopy(line, 0, sealed, content.length, line.length);
        return sealed;
    }

    /** The content of what {@link #append} gave; empty if it is anything else. */
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
