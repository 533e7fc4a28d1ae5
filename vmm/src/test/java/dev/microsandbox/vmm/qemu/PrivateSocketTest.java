package dev.microsandbox.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PrivateSocketTest {

    @Test
    void isGoneOnceSomebodyHasConnected() throws Exception {
        Process process = new ProcessBuilder("sleep", "30").start();
        try (PrivateSocket socket = PrivateSocket.listen(null)) {
            Path path = socket.path();
            assertThat(
                            PosixFilePermissions.toString(
                                    Files.getPosixFilePermissions(directory(socket))))
                    .isEqualTo("rwx------");
            try (SocketChannel theirs = SocketChannel.open(UnixDomainSocketAddress.of(path));
                    SocketChannel ours = socket.accept(process)) {
                assertThat(theirs.isConnected()).isTrue();
                assertThat(ours.isConnected()).isTrue();
                assertThat(path).doesNotExist();
                assertThat(directory(socket)).doesNotExist();
            }
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void nobodyIsWaitedForWhoHasEnded() throws Exception {
        for (String seconds : new String[] {"0", "0.3"}) {
            Process process = new ProcessBuilder("sleep", seconds).start();
            try (PrivateSocket socket = PrivateSocket.listen(null)) {
                assertThatIOException()
                        .isThrownBy(() -> socket.accept(process))
                        .withMessageStartingWith("QEMU ended");
                assertThat(directory(socket)).doesNotExist();
            }
        }
    }

    @Test
    void belongsToTheUserOfTheMachine() throws Exception {
        Assumptions.assumeTrue(
                Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")),
                "skipped: only root gives files away");
        try (PrivateSocket socket = PrivateSocket.listen(61_999)) {
            assertThat(Files.getAttribute(socket.path(), "unix:uid")).isEqualTo(61_999);
            assertThat(Files.getAttribute(directory(socket), "unix:uid")).isEqualTo(61_999);
        }
    }

    private static Path directory(PrivateSocket socket) {
        return Objects.requireNonNull(socket.path().getParent());
    }
}
