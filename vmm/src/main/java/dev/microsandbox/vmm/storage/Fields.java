package dev.microsandbox.vmm.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The content of a small file: {@code key=value} lines in UTF-8. A sealed file begins with its
 * format, {@code format=NAME-VERSION}, and ends with its checksum, {@code all=SHA256}.
 *
 * <p>Immutable.
 */
public final class Fields {

    private static final String FORMAT = "format";

    private static final Seal SEAL = new Seal("all=");

    private final Map<String, String> values;

    private Fields(Map<String, String> values) {
        this.values = Collections.unmodifiableMap(values);
    }

    /**
     * Creates fields with the given values, converted to text, in the map's order.
     *
     * @throws IllegalArgumentException if a key or a value contains a character that would break
     *     its line
     */
    public static Fields of(Map<String, ?> values) {
        Map<String, String> texts = new LinkedHashMap<>();
        values.forEach(
                (key, value) -> {
                    String text = value.toString();
                    if (key.isEmpty()
                            || key.indexOf('=') >= 0
                            || key.indexOf('\n') >= 0
                            || text.indexOf('\n') >= 0) {
                        throw new IllegalArgumentException("no field: " + key + "=" + text);
                    }
                    texts.put(key, text);
                });
        return new Fields(texts);
    }

    /** The lines, without a seal. */
    public byte[] encode() {
        StringBuilder text = new StringBuilder();
        values.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Reads what {@link #encode} wrote. Ignores lines that are not fields. */
    public static Fields decode(byte[] bytes) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n", -1)) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                values.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        return new Fields(values);
    }

    /**
     * The lines between the format and the seal's checksum, as the bytes of a sealed file.
     *
     * @param format a name, a hyphen, and the version of what the fields mean
     */
    public byte[] seal(String format) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put(FORMAT, format);
        all.putAll(values);
        return SEAL.append(of(all).encode());
    }

    /**
     * Reads a file that {@link #seal} produced.
     *
     * @param most the largest size of such a file, in bytes
     * @throws java.nio.file.NoSuchFileException if the file does not exist
     * @throws IOException if it has another format or is damaged; the message is a clause that says
     *     which, and what to do with the thing that the file belongs to
     */
    public static Fields readSealed(Path file, String format, int most) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(most + 1);
        }
        if (bytes.length > most) {
            throw damaged(file);
        }
        String found = decode(bytes).find(FORMAT).orElse("");
        if (!found.equals(format) && isVersionOf(format, bytes)) {
            throw new IOException(
                    "it has format %s, and this program reads %s; make a new one"
                            .formatted(found, format));
        }
        Optional<byte[]> content = SEAL.open(bytes);
        if (content.isEmpty() || !found.equals(format)) {
            throw damaged(file);
        }
        Map<String, String> values = new LinkedHashMap<>(decode(content.get()).values);
        values.remove(FORMAT);
        return new Fields(values);
    }

    private static IOException damaged(Path file) {
        return new IOException("its file '%s' is damaged; delete it".formatted(file.getFileName()));
    }

    /**
     * Whether a file begins like one of the given format, in any version.
     *
     * @param file may be missing
     */
    public static boolean isVersionOf(String format, Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return isVersionOf(format, in.readNBytes(start(format).length()));
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isVersionOf(String format, byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1).startsWith(start(format));
    }

    private static String start(String format) {
        return FORMAT + "=" + format.substring(0, format.lastIndexOf('-') + 1);
    }

    /** All fields, in the order of their lines. */
    public Map<String, String> values() {
        return values;
    }

    /** The value of a field, if the field exists. */
    public Optional<String> find(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /**
     * The value of a field.
     *
     * @throws IllegalArgumentException if the field does not exist
     */
    public String get(String name) {
        return find(name).orElseThrow(() -> new IllegalArgumentException("no field " + name));
    }

    /**
     * The value of a field that is a number.
     *
     * @throws IllegalArgumentException if the field does not exist or is not a number
     */
    public long number(String name) {
        return Long.parseLong(get(name));
    }
}
