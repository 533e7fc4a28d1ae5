package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.SandboxConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class QemuOptionsTest {

    private static final SandboxConfig CONFIG = SandboxConfig.DEFAULT;
    private static final QemuAccelerator TCG = QemuAccelerator.TCG;
    private static final List<String> PLAIN = QemuOptions.boot(CONFIG, TCG);
    private static final List<String> SAVABLE =
            QemuOptions.savable(CONFIG, TCG, QemuOptions.monitorAt(Path.of("/a,b/qemu")));
    private static final List<String> CLONE =
            QemuOptions.clone(CONFIG, TCG, QemuOptions.monitorAt(Path.of("/c/qemu")));

    @Test
    void onlyMachinesToBeSavedShareTheirMemory() {
        assertThat(String.join(" ", PLAIN)).doesNotContain("memory-backend");
        assertThat(SAVABLE)
                .containsSequence(
                        "-object",
                        "memory-backend-file,id=ram,size=512M,mem-path=/proc/self/fd/6,share=on",
                        "-machine",
                        "memory-backend=ram");
        assertThat(CLONE)
                .contains(
                        "memory-backend-file,id=ram,size=512M,mem-path=/proc/self/fd/6,share=off");
    }

    @Test
    void onlyMachinesOfTemplatesHaveAMonitor() {
        assertThat(PLAIN).doesNotContain("-mon", "-qmp", "-monitor", "-incoming");
        assertThat(SAVABLE)
                .contains("socket,id=monitor,path=/a,,b/qemu")
                .containsSequence("-mon", "chardev=monitor,mode=control")
                .doesNotContain("-incoming");
        assertThat(CLONE)
                .contains("socket,id=monitor,path=/c/qemu")
                .containsSequence("-incoming", "defer");
    }

    @Test
    void aMachineThatGoesOnLoadsNoKernel() {
        assertThat(PLAIN).contains("-kernel");
        assertThat(SAVABLE).containsAll(PLAIN);
        assertThat(CLONE).doesNotContain("-kernel", "-append");
    }

    @Test
    void allAreConfined() {
        for (List<String> options : List.of(PLAIN, SAVABLE, CLONE)) {
            assertThat(options)
                    .containsSequence(
                            "-sandbox",
                            "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny")
                    .contains("-nodefaults", "-no-user-config", "-no-reboot");
        }
    }

    @Test
    void devicesAreInTheirSlots() {
        assertThat(PLAIN)
                .contains(
                        "virtio-blk-device,drive=root,serial=root,bus=virtio-mmio-bus.7",
                        "virtio-serial-device,max_ports=2,bus=virtio-mmio-bus.6",
                        "virtio-rng-device,rng=entropy,bus=virtio-mmio-bus.5");
        assertThat(PLAIN.get(PLAIN.indexOf("-append") + 1))
                .endsWith(
                        " virtio_mmio.device=512@0xfeb00600:8 virtio_mmio.device=512@0xfeb00400:7 virtio_mmio.device=512@0xfeb00200:6");
    }

    /** Machines saved before devices had slots and serials can still be resumed. */
    @Test
    void theFingerprintIsAsItWas() {
        assertThat(QemuOptions.fingerprint(CONFIG, TCG))
                .isEqualTo("e17120cc79c82b0c69c1591aca59af8bebe2de0b4d6cae798d015b2a5b38c5fb");
    }

    @Test
    void theFingerprintIsThatOfTheMachine() {
        String fingerprint = QemuOptions.fingerprint(CONFIG, TCG);
        assertThat(QemuOptions.fingerprint(CONFIG.withHostName("x"), TCG)).isEqualTo(fingerprint);
        assertThat(QemuOptions.fingerprint(CONFIG.withCpus(2), TCG)).isNotEqualTo(fingerprint);
        assertThat(QemuOptions.fingerprint(CONFIG.withMemoryBytes(1 << 30), TCG))
                .isNotEqualTo(fingerprint);
        assertThat(QemuOptions.fingerprint(CONFIG, QemuAccelerator.kvm(false)))
                .isNotEqualTo(fingerprint);
    }
}
