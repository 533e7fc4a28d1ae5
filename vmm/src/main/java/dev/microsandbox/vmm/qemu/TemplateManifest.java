package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.SandboxConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is recorded of a template: {@code key=value} lines.
 *
 * @param qemu version of the QEMU that saved it, as that says it
 * @param machine {@link QemuOptions#fingerprint}
 * @param kernelSha256 of the guest's kernel
 * @param rootfsSha256 of the guest's root file system
 * @param cpus of the machine
 * @param memoryBytes of the machine, which is the size of the file with its memory
 * @param memorySha256 of the machine's memory, see {@link PageCopy}
 * @param stateSha256 of the file with its state
 */
record TemplateManifest(
        String qemu,
        String machine,
        String kernelSha256,
        String rootfsSha256,
        int cpus,
        long memoryBytes,
        String memorySha256,
        String stateSha256) {

    static final String FILE_NAME = "manifest";

    /** A manifest has some 600 bytes; a longer one was not written here. */
    static final int MAX_BYTES = 4096;

    /** Of the template's files; another number is another meaning. */
    private static final String FORMAT = "1";

    byte[] encode() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("format", FORMAT);
        fields.put("qemu", qemu);
        fields.put("machine", machine);
        fields.put("kernel", kernelSha256);
        fields.put("rootfs", rootfsSha256);
        fields.put("cpus", cpus);
        fields.put("memory_bytes", memoryBytes);
        fields.put("memory", memorySha256);
        fields.put("state", stateSha256);
        StringBuilder text = new StringBuilder();
        fields.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads a manifest.
     *
     * @throws IOException if it is none; says why
     */
    static TemplateManifest decode(byte[] bytes) throws IOException {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n", -1)) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                fields.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        String format = field(fields, "format");
        if (!format.equals(FORMAT)) {
            throw new IOException("it has format " + format + ", and this is for " + FORMAT);
        }
        try {
            return new TemplateManifest(
                    field(fields, "qemu"),
                    field(fields, "machine"),
                    field(fields, "kernel"),
                    field(fields, "rootfs"),
                    Integer.parseInt(field(fields, "cpus")),
                    Long.parseLong(field(fields, "memory_bytes")),
                    field(fields, "memory"),
                    field(fields, "state"));
        } catch (NumberFormatException e) {
            throw new IOException("its manifest is damaged", e);
        }
    }

    /**
     * Checks that a machine here can go on from it.
     *
     * @param installedQemu as {@link QemuVersion#installed}
     * @throws IOException if not; says why
     */
    void check(String installedQemu, QemuGuest guest) throws IOException {
        if (!qemu.equals(installedQemu)) {
            throw new IOException("it was saved by " + qemu + ", and here is " + installedQemu);
        }
        if (!kernelSha256.equals(guest.kernelSha256())) {
            throw new IOException("its guest has another kernel");
        }
        if (!rootfsSha256.equals(guest.rootfsSha256())) {
            throw new IOException("its guest has another root file system");
        }
        if (!machine.equals(QemuOptions.fingerprint(config(), QemuAccelerator.TCG))) {
            throw new IOException("it was saved by a machine with other devices or settings");
        }
    }

    private SandboxConfig config() throws IOException {
        try {
            return SandboxConfig.DEFAULT.withCpus(cpus).withMemoryBytes(memoryBytes);
        } catch (IllegalArgumentException e) {
            throw new IOException("its manifest is damaged: " + e.getMessage(), e);
        }
    }

    private static String field(Map<String, String> fields, String name) throws IOException {
        String value = fields.get(name);
        if (value == null) {
            throw new IOException("its manifest is damaged: it lacks '" + name + "'");
        }
        return value;
    }
}
