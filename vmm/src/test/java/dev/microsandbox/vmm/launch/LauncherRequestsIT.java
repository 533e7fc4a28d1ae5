package dev.microsandbox.vmm.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microsandbox.vmm.linux.Errno;
import dev.microsandbox.vmm.linux.FileDescriptor;
import dev.microsandbox.vmm.linux.Pipe;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the launcher does for its server beside starting QEMU, and until when. */
@Timeout(60)
class LauncherRequestsIT {

    /** LAYER_BUILD: protocol.h. */
    private static final int BUILDS = 1 << 6;

    @TempDir private static Path directory;
    private static Path attacks;
    private static Path program;

    @BeforeAll
    static void build() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        attacks = TestPrograms.attacks(directory);
        program = TestPrograms.asThisUser(directory);
    }

    @Test
    void aBuildRunsWithItsStreamsUntilTheServerIsConfined() throws Exception {
        String build = "read line; echo \"$0 $line\"; echo progress >&2; exit 3";
        try (RawLauncher raw =
                RawLauncher.start(
                        program, attacks, "--build", "/bin/sh", "--build", "-c", "--build",
                        build)) {
            assertThat(raw.layers() & BUILDS).isEqualTo(BUILDS);
            try (Pipe in = Pipe.open();
                    Pipe out = Pipe.open();
                    Pipe error = Pipe.open()) {
                byte[] numbers =
                        ByteBuffer.allocate(16)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putInt(3)
                                .putInt(0)
                                .putInt(1)
                                .putInt(2)
                                .array();
                raw.send(
                        LauncherConnection.BUILD,
                        1,
                        0,
                        0,
                        numbers,
                        List.of(in.reading(), out.writing(), error.writing()));
                ByteBuffer started = raw.reply();
                assertThat(started.getInt(8)).isZero();
                in.reading().close();
                out.writing().close();
                error.writing().close();
                try (var words = in.output()) {
                    words.write("word\n".getBytes(StandardCharsets.UTF_8));
                }
                assertThat(out.input().readAllBytes()).asString().isEqualTo("/bin/sh word\n");
                assertThat(error.input().readAllBytes()).asString().isEqualTo("progress\n");
                ByteBuffer ended = raw.reply();
                assertThat(ended.getInt(4)).isEqualTo(started.getInt(12));
                assertThat(ended.getInt(8)).isEqualTo(3);
            }
            raw.send(LauncherConnection.END_BUILDS, 2, 0, 0, new byte[0], List.of());
            assertThat(raw.reply().getInt(8)).isZero();
            assertThat(raw.build()).isEqualTo(Errno.EPERM);
            assertThat(raw.layers() & BUILDS).isZero();
        }
    }

    @Test
    void nothingIsBuiltOnceAQemuRuns() throws Exception {
        try (RawLauncher raw = RawLauncher.start(program, attacks, "--build", "/bin/true")) {
            raw.send(LauncherConnection.QEMU, 1, 0, 0, new byte[4], List.of());
            ByteBuffer _ = raw.reply();
            assertThat(raw.build()).isEqualTo(Errno.EPERM);
        }
    }

    @Test
    void theDeviceOfKvmIsOpenedForTheServer() throws Exception {
        Launcher launcher =
                Launcher.start(program, attacks, new Confinement(62_040, 62_041, false, null));
        Path device = Path.of("/dev/kvm");
        try {
            if (Files.isReadable(device) && Files.isWritable(device)) {
                try (FileDescriptor kvm = launcher.openKvm()) {
                    assertThat(Path.of("/proc/self/fd/" + kvm.number()).toRealPath())
                            .isEqualTo(device);
                }
            } else {
                assertThatThrownBy(launcher::openKvm)
                        .isInstanceOfSatisfying(
                                LaunchException.class,
                                e -> assertThat(e.errno()).isIn(Errno.ENOENT, Errno.EACCES));
            }
        } finally {
            launcher.stop();
        }
    }

    /** It would see the end again and again, and take a processor for it. */
    @Test
    void aServerThatOnlySendsNoMoreHasEnded() throws Exception {
        Path client = TestPrograms.compile(directory, "half_closed");
        TestPrograms.run(List.of(client.toString(), program.toString(), attacks.toString()));
    }
}
