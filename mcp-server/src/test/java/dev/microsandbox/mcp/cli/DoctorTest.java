package dev.microsandbox.mcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.config.ConfigSources;
import dev.microsandbox.mcp.config.ServerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {

    @TempDir Path directory;

    @Test
    void aMissingDeviceSaysWhatToLoad() {
        Finding finding = KvmCheck.check(directory.resolve("kvm"), directory);
        assertThat(finding.level()).isEqualTo(Finding.Level.WARN);
        assertThat(finding.text()).contains("is missing").contains("modprobe");
    }

    @Test
    void aMissingDeviceWithItsModuleLoadedPointsToTheContainer() throws IOException {
        Files.createDirectory(directory.resolve("kvm"));
        Finding finding = KvmCheck.check(directory.resolve("device"), directory);
        assertThat(finding.text()).contains("--device /dev/kvm");
    }

    @Test
    void aDeviceThatOpensIsWell() throws IOException {
        Path device = Files.createFile(directory.resolve("device"));
        assertThat(KvmCheck.check(device, directory).level()).isEqualTo(Finding.Level.OK);
    }

    @Test
    void anEmulatingKvmIsSlow() throws IOException {
        Path device = Files.createFile(directory.resolve("device"));
        Files.createDirectory(directory.resolve("kvm_pvm"));
        Finding finding = KvmCheck.check(device, directory);
        assertThat(finding.level()).isEqualTo(Finding.Level.WARN);
        assertThat(finding.text()).contains("kvm_pvm");
    }

    @Test
    void anOldQemuIsNotEnough() {
        assertThat(QemuCheck.judge("QEMU emulator version 5.2.0 (Debian 1:5.2)").level())
                .isEqualTo(Finding.Level.FAIL);
        assertThat(QemuCheck.judge("QEMU emulator version 7.2.17 (Debian 1:7.2)"))
                .isEqualTo(
                        Finding.ok(
                                "qemu",
                                "qemu-system-x86_64 version 7.2.17 emulates the sandboxes' machines:"
                                        + " isolated as well as it is, and slower than hardware."));
    }

    @Test
    void limitsAreComparedWithTheHost() {
        ServerConfig config = ConfigSources.read(Map.of(), Map.of(), directory).config();
        assertThat(DoctorCommand.cpus(config, 4).level()).isEqualTo(Finding.Level.OK);
        assertThat(DoctorCommand.cpus(config, 2).level()).isEqualTo(Finding.Level.WARN);
        assertThat(DoctorCommand.memory(config, "MemAvailable:   16777216 kB\n"))
                .isEqualTo(
                        Finding.ok(
                                "memory",
                                "8 GiB for all sandboxes, 16 GiB available on this host."));
        assertThat(DoctorCommand.memory(config, "MemAvailable:    4194304 kB\n").level())
                .isEqualTo(Finding.Level.WARN);
        assertThat(DoctorCommand.memory(config, "MemAvailable:     262144 kB\n").level())
                .isEqualTo(Finding.Level.FAIL);
    }
}
