package dev.microsandbox.vmm.template;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microsandbox.vmm.HostSpeed;
import dev.microsandbox.vmm.Isolation;
import dev.microsandbox.vmm.SandboxConfig;
import dev.microsandbox.vmm.TestSandboxes;
import dev.microsandbox.vmm.host.KvmFinding;
import dev.microsandbox.vmm.image.GuestAssets;
import dev.microsandbox.vmm.template.TemplateKind.OpenTemplate;
import dev.microsandbox.vmm.template.TemplateKind.Savable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Templates of machines on KVM, of a guest that has hardly begun to boot. */
@Timeout(120)
class KvmTemplatesIT {

    private static final SandboxConfig CONFIG = SandboxConfig.DEFAULT.withMemoryBytes(128L << 20);

    @TempDir Path directory;

    @Test
    void oneThatIsDamagedIsRefused() throws Exception {
        KvmFinding kvm = HostSpeed.kvm();
        Assumptions.assumeTrue(kvm.canRun(), () -> "skipped: " + kvm.text());
        GuestAssets assets = TestSandboxes.images().resolve("default", _ -> {});
        KvmTemplates kind = new KvmTemplates(Isolation.KVM_SOFTWARE, "KVM");
        Path saved = directory.resolve("saved");
        Savable booted = kind.boot("booted", assets, CONFIG);
        try {
            booted.save(saved);
        } finally {
            booted.machine().stop();
        }
        OpenTemplate _ = kind.open(saved, assets);
        for (Map.Entry<String, Integer> damage :
                // Of the memory: the kernel's code.
                Map.of("state", 100, "memory.0", (16 << 20) + 123).entrySet()) {
            Path file = saved.resolve(damage.getKey());
            Damage.flip(file, damage.getValue());
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> kind.open(saved, assets))
                    .withMessageContaining("'" + damage.getKey() + "' is damaged");
            Damage.flip(file, damage.getValue());
        }
        OpenTemplate _ = kind.open(saved, assets);
    }
}
