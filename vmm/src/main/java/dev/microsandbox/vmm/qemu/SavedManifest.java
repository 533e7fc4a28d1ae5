package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.SandboxConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is recorded of a saved machine: {@code key=value} lines. The last is the hash of those
 * before.
 *
 * @param contents what was saved
 * @param qemu version of the QEMU that saved it, as that says it
 * @param machine {@link QemuOptions#fingerprint}
 * @param kernelSha256 of the guest's kernel
 * @param rootfsSha256 of the guest's root file system
 * @param cpus of the machine
 * @param memoryBytes of the machine
 * @param files hashes of the files beside this one, by their names
 */
record SavedManifest(
        Contents contents,
        String qemu,
        String machine,
        String kernelSha256,
        String rootfsSha256,
        int cpus,
        long memoryBytes,
        Map<String, String> files) {

    /** What can be saved. */
    enum Contents {
        /** See {@link TemplateFiles}. */
        TEMPLATE("microsandbox-qemu-template-2"),
        /** See {@link QemuCheckpoint}. */
        CHECKPOINT("microsandbox-qemu-checkpoint-1");

        /** The files' meaning: another number is another one. */
        private final String format;

        Contents(String format) {
            this.format = format;
        }
    }

    /** A manifest has some 600 bytes; a longer one was not written here. */
    private static final int MAX_BYTES = 4096;

    private static final String DAMAGED = "its file '%s' is damaged; delete it";

    SavedManifest {
        files = Map.copyOf(files);
    }

    /** What is saved now. */
    static SavedManifest of(
            Contents contents,
            QemuGuest guest,
            QemuAccelerator accelerator,
            SandboxConfig config,
            String qemu,
            Map<String, String> files) {
        return new SavedManifest(
                contents,
                qemu,
                QemuOptions.fingerprint(config, accelerator),
                guest.kernelSha256(),
                guest.rootfsSha256(),
                config.cpus(),
                config.memoryBytes(),
                files);
    }

    byte[] encode() {
        StringBuilder text = new StringBuilder();
        add(text, "format", contents.format);
        add(text, "qemu", qemu);
        add(text, "machine", machine);
        add(text, "kernel", kernelSha256);
        add(text, "rootfs", rootfsSha256);
        add(text, "cpus", Integer.toString(cpus));
        add(text, "memory_bytes", Long.toString(memoryBytes));
        new TreeMap<>(files).forEach((name, hash) -> add(text, "file." + name, hash));
        add(text, "all", Sha256.of(text.toString().getBytes(StandardCharsets.UTF_8)));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void add(StringBuilder text, String key, String value) {
        text.append(key).append('=').append(value).append('\n');
    }

    /**
     * Whether a file is the beginning of what was saved so, of whatever version.
     *
     * @param file that need not exist
     */
    static boolean isOf(Contents contents, Path file) {
        String format = contents.format;
        String versionless = "format=" + format.substring(0, format.lastIndexOf('-') + 1);
        try (InputStream in = Files.newInputStream(file)) {
            byte[] start = in.readNBytes(versionless.length());
            return new String(start, StandardCharsets.ISO_8859_1).equals(versionless);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Reads one.
     *
     * @throws IOException if it is none; says why and what to do
     */
    static SavedManifest read(Contents contents, Path file) throws IOException {
        String name = String.valueOf(file.getFileName());
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        }
        if (bytes.length == 0 || bytes.length > MAX_BYTES) {
            throw new IOException(DAMAGED.formatted(name));
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        Map<String, String> fields = fields(text);
        String format = fields.getOrDefault("format", "");
        if (!format.equals(contents.format)) {
            throw new IOException(
                    isOf(contents, file)
                            ? "it has format %s, and this program reads %s; make a new one"
                                    .formatted(format, contents.format)
                            : DAMAGED.formatted(name));
        }
        int end = text.lastIndexOf("all=");
        if (end < 0
                || !text.substring(end)
                        .equals(
                                "all="
                                        + Sha256.of(
                                                text.substring(0, end)
                                                        .getBytes(StandardCharsets.UTF_8))
                                        + "\n")) {
            throw new IOException(DAMAGED.formatted(name));
        }
        return decode(contents, fields);
    }

    private static Map<String, String> fields(String text) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String line : text.split("\n", -1)) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                fields.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        return fields;
    }

    private static SavedManifest decode(Contents contents, Map<String, String> fields)
            throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        fields.forEach(
                (key, value) -> {
                    if (key.startsWith("file.")) {
                        files.put(key.substring("file.".length()), value);
                    }
                });
        try {
            return new SavedManifest(
                    contents,
                    field(fields, "qemu"),
                    field(fields, "machine"),
                    field(fields, "kernel"),
                    field(fields, "rootfs"),
                    Integer.parseInt(field(fields, "cpus")),
                    Long.parseLong(field(fields, "memory_bytes")),
                    files);
        } catch (NumberFormatException e) {
            throw new IOException("its manifest has no number where one should be", e);
        }
    }

    private static String field(Map<String, String> fields, String name) throws IOException {
        String value = fields.get(name);
        if (value == null) {
            throw new IOException("its manifest lacks '" + name + "'; make a new one");
        }
        return value;
    }

    /**
     * Checks that a machine here can go on from it.
     *
     * @param installedQemu as {@link QemuVersion#installed}
     * @throws IOException if not; says why and what to do
     */
    void check(String installedQemu, QemuGuest guest, QemuAccelerator accelerator)
            throws IOException {
        if (!qemu.equals(installedQemu)) {
            throw new IOException(
                    "it was saved by %s, and here is %s; make a new one"
                            .formatted(qemu, installedQemu));
        }
        if (!kernelSha256.equals(guest.kernelSha256())) {
            throw new IOException("its guest has another kernel; make a new one");
        }
        if (!rootfsSha256.equals(guest.rootfsSha256())) {
            throw new IOException("its guest has another root file system; make a new one");
        }
        if (!machine.equals(QemuOptions.fingerprint(config(), accelerator))) {
            throw new IOException(
                    "it was saved by a machine with other devices or settings; make a new one");
        }
    }

    private SandboxConfig config() throws IOException {
        try {
            return SandboxConfig.DEFAULT.withCpus(cpus).withMemoryBytes(memoryBytes);
        } catch (IllegalArgumentException e) {
            throw new IOException("of its machine, " + e.getMessage() + "; make a new one", e);
        }
    }

    /**
     * The hash of a file.
     *
     * @throws IOException if it has none
     */
    String hash(String file) throws IOException {
        return field(files, file);
    }
}
