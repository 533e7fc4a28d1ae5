package dev.microsandbox.vmm.template;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microsandbox.vmm.HostSpeed;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.TestSandboxes;
import dev.microsandbox.vmm.host.KvmFinding;
import dev.microsandbox.vmm.kvmmachine.KvmMachineKind;
import dev.microsandbox.vmm.machine.GuestFiles;
import dev.microsandbox.vmm.machine.MachineKind;
import dev.microsandbox.vmm.machine.MachineTemplate;
import dev.microsandbox.vmm.machine.TemplateMachine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Templates of machines on KVM whose guest has just begun to boot. */
@Timeout(120)
class KvmTemplatesIT {

    private static final SandboxConfig CONFIG = SandboxConfig.DEFAULT.withMemoryBytes(128L << 20);

    @TempDir Path directory;

    @Test
    void oneThatIsDamagedIsRefused() throws Exception {
        KvmFinding kvm = HostSpeed.kvm();
        Assumptions.assumeTrue(kvm.canRun(), () -> "skipped: " + kvm.text());
        GuestFiles files = TestSandboxes.guestFiles();
        MachineKind kind = new KvmMachineKind(true, "KVM");
        Path saved = directory.resolve("saved");
        TemplateMachine booted = kind.bootForTemplate("booted", files, CONFIG);
        try {
            booted.save(saved);
        } finally {
            booted.stop();
        }
        MachineTemplate _ = kind.openTemplate(saved, files);
        for (Map.Entry<String, Integer> damage :
                // In the memory, at the kernel's code.
                Map.of("state", 100, "memory.0", (16 << 20) + 123).entrySet()) {
            Path file = saved.resolve(damage.getKey());
            Damage.flip(file, damage.getValue());
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> kind.openTemplate(saved, files))
                    .withMessageContaining("'" + damage.getKey() + "' is damaged");
            Damage.flip(file, damage.getValue());
        }
        MachineTemplate _ = kind.openTemplate(saved, files);
    }
}
