package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microsandbox.vmm.SandboxConfig;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class QemuCommandTest {

    private static List<String> command(@Nullable Integer user) {
        return QemuCommand.of(
                List.of(
                        InheritedFile.readOnly(QemuOptions.KERNEL_FD, Path.of("/a kernel")),
                        InheritedFile.readOnly(QemuOptions.ROOTFS_FD, Path.of("/rootfs;$(x)"))),
                QemuOptions.boot(
                        SandboxConfig.DEFAULT.withCpus(3).withMemoryBytes(768L << 20),
                        QemuAccelerator.TCG),
                user);
    }

    @Test
    void theMachineHasItsSizeAndNoDeviceButFour() {
        List<String> command = command(null);
        assertThat(command).containsSequence("-smp", "3").containsSequence("-m", "768M");
        assertThat(command).contains("-nodefaults", "-no-user-config", "-no-reboot");
        List<String> devices = new java.util.ArrayList<>();
        for (int i = 0; i < command.size(); i++) {
            if (command.get(i).equals("-device")) {
                devices.add(command.get(i + 1).replaceAll(",.*", ""));
            }
        }
        assertThat(devices)
                .containsExactly(
                        "virtio-blk-device",
                        "virtio-serial-device",
                        "virtconsole",
                        "virtserialport",
                        "virtio-rng-device");
        assertThat(command).doesNotContain("-netdev", "-nic", "-net", "-monitor", "-qmp");
    }

    @Test
    void theProcessIsConfined() {
        assertThat(command(61_200))
                .containsSequence("setpriv", "--reuid=61200", "--regid=61200", "--clear-groups")
                .contains("--bounding-set=-all", "--no-new-privs")
                .containsSequence("setpriv", "--pdeathsig", "KILL")
                .containsSequence(
                        "-sandbox",
                        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
        assertThat(command(null)).doesNotContain("--clear-groups").contains("--pdeathsig");
    }

    @Test
    void pathsAreArgumentsAndNeverPartOfAScript() {
        List<String> command = command(null);
        assertThat(command).contains("/a kernel", "/rootfs;$(x)");
        assertThat(command)
                .filteredOn(word -> word.contains("exec"))
                .noneMatch(word -> word.contains("kernel\"") || word.contains("rootfs"));
    }
}
