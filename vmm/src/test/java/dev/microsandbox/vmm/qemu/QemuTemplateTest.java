package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.linux.OpenFile;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.storage.Sha256;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which templates are read, and which are refused. Does not start QEMU. */
class QemuTemplateTest {

    private static final String VERSION = "QEMU emulator version 9.9";
    private static final QemuMachineKind KIND = new QemuMachineKind("QEMU");

    private static final GuestFiles GUEST =
            new GuestFiles(Path.of("/kernel"), "k".repeat(64), Path.of("/rootfs"), "r".repeat(64));
    private static final long SIZE = 128 << 20;

    @TempDir private Path parent;

    private Path template;
    private SavedManifest manifest;

    @BeforeEach
    void make() throws Exception {
        template = Files.createDirectory(parent.resolve("template"));
        byte[] state = {1, 2, 3};
        Files.write(template.resolve("state"), state);
        try (RandomAccessFile memory =
                new RandomAccessFile(template.resolve("memory").toFile(), "rw")) {
            memory.setLength(SIZE);
            memory.seek(5 << 20);
            memory.write(7);
        }
        Path scratch = parent.resolve("scratch");
        String pages;
        try (OpenFile from = OpenFile.readOnly(template.resolve("memory"));
                OpenFile to = OpenFile.readWrite(Files.createFile(scratch))) {
            pages = PageCopy.copy(from, to, SIZE);
        }
        manifest =
                SavedManifest.of(
                        SavedManifest.Contents.TEMPLATE,
                        GUEST,
                        QemuAccelerator.TCG,
                        SandboxConfig.DEFAULT.withMemoryBytes(SIZE),
                        VERSION,
                        Map.of("memory", pages, "state", Sha256.of(state)));
        Files.write(template.resolve("manifest"), manifest.encode());
    }

    private void manifest(String machine, int cpus, Map<String, String> files) throws IOException {
        SavedManifest other =
                new SavedManifest(
                        manifest.contents(),
                        manifest.qemu(),
                        machine,
                        manifest.kernelSha256(),
                        manifest.rootfsSha256(),
                        cpus,
                        manifest.memoryBytes(),
                        files);
        Files.write(template.resolve("manifest"), other.encode());
    }

    @Test
    void isOpenedWithMemoryThatNobodyCanWrite() throws Exception {
        long before = descriptors();
        try (QemuTemplate _ = QemuTemplate.open(template, GUEST, KIND, VERSION)) {
            assertThat(descriptors()).isEqualTo(before + 2);
        }
        assertThat(descriptors()).isEqualTo(before);
    }

    @Test
    void anotherQemuIsRefused() {
        refused(GUEST, VERSION + ".1", "it was saved by " + VERSION + ", and here is " + VERSION);
    }

    @Test
    void anotherGuestIsRefused() {
        refused(
                new GuestFiles(GUEST.kernel(), "x", GUEST.rootfs(), GUEST.rootfsSha256()),
                VERSION,
                "another kernel");
        refused(
                new GuestFiles(GUEST.kernel(), GUEST.kernelSha256(), GUEST.rootfs(), "x"),
                VERSION,
                "another root file system");
    }

    @Test
    void anotherMachineIsRefused() throws Exception {
        manifest("x", 1, manifest.files());
        refused("other devices or settings");
        manifest(manifest.machine(), 9, manifest.files());
        refused("cpus must be 1 to 8, not 9");
    }

    @Test
    void aManifestThatLacksAFileIsRefused() throws Exception {
        manifest(manifest.machine(), 1, Map.of());
        refused("its manifest lacks 'state'");
    }

    @Test
    void anotherFormatIsRefused() throws Exception {
        Path file = template.resolve("manifest");
        Files.writeString(file, Files.readString(file).replace("template-2", "template-3"));
        refused(
                "it has format microsandbox-qemu-template-3, and this program reads microsandbox-qemu-template-2");
        Files.writeString(file, Files.readString(file).replace("template-3", "checkpoint-1"));
        refused("its file 'manifest' is damaged");
    }

    @Test
    void aDamagedManifestIsRefused() throws Exception {
        Path file = template.resolve("manifest");
        byte[] whole = Files.readAllBytes(file);
        for (int i = 0; i < whole.length; i++) {
            byte[] damaged = whole.clone();
            damaged[i] ^= 1;
            Files.write(file, damaged);
            refused("");
        }
        Files.write(file, new byte[0]);
        refused("its file 'manifest' is damaged");
        Files.write(file, new byte[5000]);
        refused("its file 'manifest' is damaged");
        Files.delete(file);
        refused("manifest is missing");
    }

    @Test
    void damagedMemoryIsRefused() throws Exception {
        change("memory", 100 << 20);
        refused("memory is damaged");
    }

    @Test
    void truncatedMemoryIsRefused() throws Exception {
        try (RandomAccessFile memory =
                new RandomAccessFile(template.resolve("memory").toFile(), "rw")) {
            memory.setLength(SIZE - 4096);
        }
        refused("memory has 134213632 bytes instead of 134217728");
        Files.delete(template.resolve("memory"));
        refused("memory");
    }

    @Test
    void aDamagedStateIsRefused() throws Exception {
        change("state", 0);
        refused("state is damaged");
        Files.write(template.resolve("state"), new byte[] {1, 2});
        refused("state is damaged");
        Files.delete(template.resolve("state"));
        refused("state is missing");
    }

    private void change(String name, long offset) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(template.resolve(name).toFile(), "rw")) {
            file.seek(offset);
            file.write(99);
        }
    }

    private void refused(String reason) {
        refused(GUEST, VERSION, reason);
    }

    private void refused(GuestFiles guest, String version, String reason) {
        try {
            long before = descriptors();
            assertThatThrownBy(() -> QemuTemplate.open(template, guest, KIND, version))
                    .isInstanceOf(QemuTemplateException.class)
                    .hasMessageStartingWith("The template " + template + " cannot be used: ")
                    .hasMessageContaining(reason)
                    .hasMessageEndingWith("Remove the directory and save the template anew");
            assertThat(descriptors()).as("descriptors").isEqualTo(before);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The number of this process's descriptors of template files, which no other test has open. */
    private static long descriptors() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(QemuTemplateTest::isOfATemplate).count();
        }
    }

    private static boolean isOfATemplate(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return Arrays.stream(new String[] {"/memfd:memory", "/memfd:state", "template/"})
                    .anyMatch(target::contains);
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }
}
