package dev.microsandbox.vmm.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.microsandbox.vmm.HostSpeed;
import dev.microsandbox.vmm.TestSandboxes;
import dev.microsandbox.vmm.launch.BuiltLauncher;
import dev.microsandbox.vmm.launch.Confinement;
import dev.microsandbox.vmm.launch.LaunchedProcess;
import dev.microsandbox.vmm.launch.Launcher;
import dev.microsandbox.vmm.launch.TestPrograms;
import dev.microsandbox.vmm.linux.LocalSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server that needs no QEMU has settled all the same how its launcher confines QEMU. So whoever
 * takes it over cannot choose the users.
 */
@Timeout(60)
class SettledLauncherIT {

    private static final int ATTACKERS_CHOICE = 62_500;

    @Test
    void aServerOnKvmLeavesNoSettingsToWhoTakesItOver(@TempDir Path directory) throws Exception {
        assumeTrue(TestPrograms.isRoot(), "skipped: not root");
        assumeTrue(HostSpeed.kvm().canRun(), "skipped: no KVM");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Process launcher =
                new ProcessBuilder(
                                BuiltLauncher.use().toString(),
                                "server",
                                "--qemu",
                                TestPrograms.attacks(directory).toString(),
                                "--locks",
                                "/run/microsandbox",
                                "--keep-capabilities",
                                "--",
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                SettledLauncherIT.class.getName())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try {
            String line = launcher.inputReader().readLine();
            assertThat(line).startsWith("user ").isNotEqualTo("user " + ATTACKERS_CHOICE);
        } finally {
            launcher.destroyForcibly();
        }
    }

    /** Is the server, and then its attacker, who sends other settings and has QEMU started. */
    public static void main(String[] arguments) throws Exception {
        boolean _ =
                MicroVms.create(TestSandboxes.images(), _ -> {}, Accelerator.KVM).startsPrograms();
        ByteBuffer settings =
                ByteBuffer.allocate(25)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(7)
                        .putInt(1 << 30)
                        .putInt(0)
                        .putInt(0)
                        .putInt(ATTACKERS_CHOICE)
                        .putInt(ATTACKERS_CHOICE);
        int _ =
                LocalSocket.inherited(3, LocalSocket.Kind.PACKETS)
                        .send(settings.array(), List.of());
        LaunchedProcess process =
                Launcher.find(Confinement.DEFAULT)
                        .orElseThrow()
                        .startQemu(List.of("wait"), List.of(), List.of(), false);
        System.out.println(process.inputReader().readLine());
    }
}
