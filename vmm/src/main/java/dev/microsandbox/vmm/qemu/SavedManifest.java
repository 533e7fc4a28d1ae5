package dev.microsandbox.vmm.qemu;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.storage.Fields;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Describes a saved machine. Stored as sealed {@link Fields}.
 *
 * @param contents what was saved
 * @param qemu version of the QEMU that saved it, see {@link QemuVersion#installed}
 * @param machine {@link QemuOptions#fingerprint}
 * @param kernelSha256 of the guest's kernel
 * @param rootfsSha256 of the guest's root file system
 * @param cpus of the machine
 * @param memoryBytes of the machine
 * @param files hashes of the other files of the directory, by name
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
        /** See {@link QemuTemplate}. */
        TEMPLATE("microsandbox-qemu-template-2"),
        /** See {@link QemuCheckpoint}. */
        CHECKPOINT("microsandbox-qemu-checkpoint-1");

        /**
         * The name and version of the format; the version changes with the meaning of the files.
         */
        private final String format;

        Contents(String format) {
            this.format = format;
        }
    }

    /**
     * The largest manifest. One has some 600 bytes; a larger one was not written by this software.
     */
    private static final int MAX_BYTES = 4096;

    /** Prefix of the fields that hold files' hashes. */
    private static final String FILE = "file.";

    SavedManifest {
        files = Map.copyOf(files);
    }

    /** The manifest of a machine that is being saved. */
    static SavedManifest of(
            Contents contents,
            GuestFiles guest,
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
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("qemu", qemu);
        fields.put("machine", machine);
        fields.put("kernel", kernelSha256);
        fields.put("rootfs", rootfsSha256);
        fields.put("cpus", cpus);
        fields.put("memory_bytes", memoryBytes);
        new TreeMap<>(files).forEach((name, hash) -> fields.put(FILE + name, hash));
        return Fields.of(fields).seal(contents.format);
    }

    /**
     * Whether a file begins like a manifest of the given contents, in any version.
     *
     * @param file may be missing
     */
    static boolean isOf(Contents contents, Path file) {
        return Fields.isVersionOf(contents.format, file);
    }

    /**
     * Reads a manifest.
     *
     * @throws IOException if the file is not a valid manifest; says why and what to do
     */
    static SavedManifest read(Contents contents, Path file) throws IOException {
        return decode(contents, Fields.readSealed(file, contents.format, MAX_BYTES).values());
    }

    private static SavedManifest decode(Contents contents, Map<String, String> fields)
            throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        fields.forEach(
                (key, value) -> {
                    if (key.startsWith(FILE)) {
                        files.put(key.substring(FILE.length()), value);
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
     * Checks that a machine on this host can continue from what was saved.
     *
     * @param installedQemu the result of {@link QemuVersion#installed}
     * @throws IOException if it cannot; says why and what to do
     */
    void check(String installedQemu, GuestFiles guest, QemuAccelerator accelerator)
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
     * @throws IOException if the manifest does not list the file
     */
    String hash(String file) throws IOException {
        return field(files, file);
    }
}
