package dev.microsandbox.mcp.auth;

import dev.microsandbox.vmm.storage.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * The text form of a key: {@code msb_<id>_<secret><checksum>}.
 *
 * <p>The id has 8 characters of a lower-case alphabet, because it is also a file name. The secret
 * has 32 base62 characters, 190 bits. The checksum is 6 base62 digits of the CRC-32 of everything
 * before it. It distinguishes a mistyped or truncated key from an unknown one without reading the
 * store, and lets secret scanners recognise leaked keys.
 *
 * <p>The secret is uniformly random and far too long to guess, so the store can hold its plain
 * SHA-256. Slow, salted hashes are for passwords, which people choose from a small set.
 *
 * @param id the key's id
 * @param text the whole token
 */
record KeyToken(String id, String text) {

    static final int ID_LENGTH = 8;

    private static final String PREFIX = "msb_";
    private static final int SECRET_LENGTH = 32;
    private static final int CHECKSUM_LENGTH = 6;
    private static final String BASE62 =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /** Without i, l, o and 0, 1, which look alike. */
    private static final String ID_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz";

    private static final Pattern ID = Pattern.compile("[" + ID_ALPHABET + "]{" + ID_LENGTH + "}");
    private static final Pattern FORM =
            Pattern.compile(
                    PREFIX
                            + ID.pattern()
                            + "_[0-9A-Za-z]{"
                            + (SECRET_LENGTH + CHECKSUM_LENGTH)
                            + "}");

    static KeyToken random(SecureRandom random) {
        String id = characters(random, ID_ALPHABET, ID_LENGTH);
        String body = PREFIX + id + "_" + characters(random, BASE62, SECRET_LENGTH);
        return new KeyToken(id, body + checksum(body));
    }

    /**
     * Parses the text that a client sent.
     *
     * @throws IllegalArgumentException if the text is not the form of a key; the message says why
     */
    static KeyToken parse(String text) {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("it is not of the form msb_…_…");
        }
        int end = text.length() - CHECKSUM_LENGTH;
        if (!checksum(text.substring(0, end)).equals(text.substring(end))) {
            throw new IllegalArgumentException("its checksum is wrong, as after a typing error");
        }
        return new KeyToken(text.substring(PREFIX.length(), PREFIX.length() + ID_LENGTH), text);
    }

    /** Whether the text can be a key's id, and so is safe in a file name. */
    static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    byte[] sha256() {
        return Sha256.bytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public String toString() {
        return PREFIX + id + "_…";
    }

    private static String characters(SecureRandom random, String alphabet, int count) {
        StringBuilder text = new StringBuilder(count);
        for (int i = 0; i < count; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    private static String checksum(String body) {
        CRC32 crc = new CRC32();
        crc.update(body.getBytes(StandardCharsets.US_ASCII));
        char[] digits = new char[CHECKSUM_LENGTH];
        long rest = crc.getValue();
        for (int i = CHECKSUM_LENGTH - 1; i >= 0; i--) {
            digits[i] = BASE62.charAt((int) (rest % BASE62.length()));
            rest /= BASE62.length();
        }
        return new String(digits);
    }
}
