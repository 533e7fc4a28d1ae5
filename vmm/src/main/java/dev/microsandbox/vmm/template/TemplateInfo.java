package dev.microsandbox.vmm.template;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.MachineKind;
import dev.microsandbox.vmm.storage.Fields;
import dev.microsandbox.vmm.storage.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Describes a template by everything that it depends on. Templates with equal descriptions are
 * interchangeable.
 *
 * @param kind name of the kind of machine
 * @param image name of the image
 * @param kernelSha256 of the guest's kernel
 * @param rootfsSha256 of the guest's root file system
 * @param cpus number of vCPUs
 * @param memoryBytes size of the memory
 * @param timeZone which the running interpreters have read
 * @param warmUp the running languages and the imported modules
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
            MachineKind kind, GuestFiles files, SandboxConfig config, WarmUp warmUp) {
        return new TemplateInfo(
                kind.name(),
                config.image(),
                files.kernelSha256(),
                files.rootfsSha256(),
                config.cpus(),
                config.memoryBytes(),
                config.timeZone(),
                String.join(",", warmUp.languages())
                        + ";"
                        + String.join(",", warmUp.pythonModules()));
    }

    /** The template's name: a hash of everything except for the image's name, which may change. */
    public String id() {
        Map<String, String> fields = fields();
        fields.remove("image");
        return Sha256.of(fields.toString().getBytes(StandardCharsets.UTF_8))
                .substring(0, ID_DIGITS);
    }

    /**
     * Whether text has the form of an {@link #id}. Checked because an id becomes part of a path.
     */
    static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    /**
     * Whether this template replaces the other: it is for the same sandboxes, but its content
     * differs.
     */
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
        return new String(Fields.of(fields()).encode(), StandardCharsets.UTF_8);
    }

    /** Reads what {@link #encode} wrote; empty if the text is anything else. */
    static Optional<TemplateInfo> decode(String text) {
        Fields fields = Fields.decode(text.getBytes(StandardCharsets.UTF_8));
        try {
            return Optional.of(
                    new TemplateInfo(
                            fields.get("kind"),
                            fields.get("image"),
                            fields.get("kernel"),
                            fields.get("rootfs"),
                            Integer.parseInt(fields.get("cpus")),
                            fields.number("memory"),
                            fields.get("zone"),
                            fields.get("warm")));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
