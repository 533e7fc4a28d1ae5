package dev.microsandbox.mcp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.mcp.config.ConfigSources;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.vmm.confine.ThreadStates;
import dev.microsandbox.vmm.host.Accelerator;
import dev.microsandbox.vmm.host.KvmFinding;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoctorTest {

    @TempDir Path directory;

    @ParameterizedTest
    @CsvSource({
        "USABLE, AUTO, OK, Sandboxes run on it.",
        "USABLE, KVM, OK, as configured",
        "USABLE, QEMU, OK, accelerator: qemu",
        "EMULATED, AUTO, WARN, software emulation",
        "EMULATED, KVM, WARN, as configured",
        "MISSING, AUTO, WARN, software emulation",
        "MISSING, KVM, FAIL, No sandbox can start",
        "FORBIDDEN, QEMU, OK, accelerator: qemu"
    })
    void whatKvmIsWorthDependsOnWhatIsConfigured(
            KvmFinding.State state, Accelerator accelerator, Finding.Level level, String words) {
        Finding finding = KvmCheck.judge(new KvmFinding(state, "It is so."), accelerator);
        assertThat(finding.level()).isEqualTo(level);
        assertThat(finding.text()).startsWith("It is so.").contains(words);
    }

    @Test
    void qemuMayBeMissingWhereKvmIsUsed() throws InterruptedException {
        KvmFinding usable = new KvmFinding(KvmFinding.State.USABLE, "");
        assertThat(QemuCheck.check(Accelerator.AUTO, usable).text()).startsWith("Not needed");
        KvmFinding emulated = new KvmFinding(KvmFinding.State.EMULATED, "");
        assertThat(QemuCheck.check(Accelerator.KVM, emulated).text()).startsWith("Not needed");
        assertThat(QemuCheck.check(Accelerator.AUTO, emulated).text())
                .startsWith("qemu-system-x86_64");
    }

    @Test
    void aServerIsAsConfinedAsTheLeastConfinedOfItsThreads() {
        ThreadStates all = new ThreadStates(16, 0, true, true);
        assertThat(ConfinementCheck.judge(all, true, true, ""))
                .isEqualTo(
                        Finding.ok(
                                "server",
                                "All 16 threads have a filter of system calls, no_new_privs, no"
                                        + " capability, Landlock."));
        ThreadStates none = new ThreadStates(16, 1 << 21, false, false);
        Finding unconfined = ConfinementCheck.judge(none, false, false, "seccomp: EINVAL (22)");
        assertThat(unconfined.level()).isEqualTo(Finding.Level.WARN);
        assertThat(unconfined.text())
                .contains("none of the layers")
                .contains("No filter of system calls: seccomp: EINVAL (22)")
                .contains("Capabilities are kept (0x200000)")
                .contains("not started by msb-launch");
        ThreadStates files = new ThreadStates(16, 1 << 1, true, true);
        assertThat(ConfinementCheck.judge(files, true, true, "").text())
                .contains("CAP_DAC_OVERRIDE is kept, because")
                .contains("belongs to another user");
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
        assertThat(DoctorCommand.memory(config, "MemAvailable:   16777216 kB\n", Long.MAX_VALUE))
                .isEqualTo(
                        Finding.ok(
                                "memory",
                                "8 GiB for all sandboxes, 16 GiB available on this host or to this container."));
        assertThat(DoctorCommand.memory(config, "MemAvailable:   16777216 kB\n", 2L << 30).text())
                .contains("2 GiB available");
        assertThat(
                        DoctorCommand.memory(
                                        config, "MemAvailable:    4194304 kB\n", Long.MAX_VALUE)
                                .level())
                .isEqualTo(Finding.Level.WARN);
        assertThat(
                        DoctorCommand.memory(
                                        config, "MemAvailable:     262144 kB\n", Long.MAX_VALUE)
                                .level())
                .isEqualTo(Finding.Level.FAIL);
    }
}
