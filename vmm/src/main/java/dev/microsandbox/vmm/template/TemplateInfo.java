package dev.microsandbox.vmm.template;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.image.GuestAssets;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;

/**
 * What a template is of. Two with the same description are the same.
 *
 * @param kind of machine
 * @param image name of the image
 * @param timeZone which interpreters that run have read
 */
public record TemplateInfo(
        String kind,
        String image,
        String kernelSha256,
        String rootfsSha256,
        int cpus,
        long memoryBytes,
        String timeZone,
        String warmUp) {

    private static final int ID_DIGITS = 24;

    private static final Pattern ID = Pattern.compile("[0-9a-f]{" + ID_DIGITS + "}");

    static TemplateInfo of(
            TemplateKind kind, GuestAssets assets, SandboxConfig config, WarmUp warmUp) {
        return new TemplateInfo(
                kind.name(),
                config.image(),
                assets.kernelSha256(),
                assets.rootfsSha256(),
                config.cpus(),
                config.memoryBytes(),
                config.timeZone(),
                String.join(",", warmUp.languages())
                        + ";"
                        + String.join(",", warmUp.pythonModules()));
    }

    /** Names it: a hash of all of this but the image's name, which may change. */
    public String id() {
        Map<String, String> fields = fields();
        fields.remove("image");
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(fields.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash).substring(0, ID_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /** Whether a text has the form of an {@link #id}: it becomes a path. */
    static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    /** Whether this one is in the place of the other: for the same sandboxes, made otherwise. */
    boolean replaces(TemplateInfo other) {
        return kind.equals(other.kind)
                && image.equals(other.image)
                && cpus == other.cpus
                && memoryBytes == other.memoryBytes
                && timeZone.equals(other.timeZone)
                && !id().equals(other.id());
    }

    private Map<String, String> fields() {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("kind", kind);
        fields.put("image", image);
        fields.put("kernel", kernelSha256);
        fields.put("rootfs", rootfsSha256);
        fields.put("cpus", Integer.toString(cpus));
        fields.put("memory", Long.toString(memoryBytes));
        fields.put("zone", timeZone);
        fields.put("warm", warmUp);
        return fields;
    }

    String encode() {
        StringBuilder text = new StringBuilder();
        fields().forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
        return text.toString();
    }

    /** Reads what {@link #encode} gave; empty if it is anything else. */
    static Optional<TemplateInfo> decode(String text) {
        Properties fields = new Properties();
        try {
            fields.load(new StringReader(text));
            return Optional.of(
                    new TemplateInfo(
                            required(fields, "kind"),
                            required(fields, "image"),
                            required(fields, "kernel"),
                            required(fields, "rootfs"),
                            Integer.parseInt(required(fields, "cpus")),
                            Long.parseLong(required(fields, "memory")),
                            required(fields, "zone"),
                            required(fields, "warm")));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("a string cannot fail to be read", e);
        }
    }

    private static String required(Properties fields, String name) {
        String value = fields.getProperty(name);
        if (value == null) {
            throw new IllegalArgumentException(name);
        }
        return value;
    }
}
