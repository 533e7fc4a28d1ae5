package dev.microsandbox.mcp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(60)
class ControlSocketTest {

    @TempDir Path home;

    private final AtomicInteger sandboxes = new AtomicInteger();

    private ServerStatus status() {
        return new ServerStatus(
                "namespace",
                "http://127.0.0.1:1/mcp",
                Instant.EPOCH,
                new ServerStatus.Totals(1, 4, 2, 8),
                sandboxes.get(),
                List.of(new ServerStatus.Worker("a", 7, 1, 2, 3, true)));
    }

    private ControlSocket open() {
        return ControlSocket.open(home, this::status).orElseThrow();
    }

    @Test
    void saysWhatTheServerDoesNow() throws Exception {
        try (ControlSocket _ = open()) {
            sandboxes.set(5);
            JsonNode status = JsonMapper.shared().readTree(ControlClient.status(home));
            assertThat(status.path("mode").asString()).isEqualTo("namespace");
            assertThat(status.path("sandboxes").asInt()).isEqualTo(5);
            assertThat(status.path("cpus").asInt()).isEqualTo(4);
            assertThat(status.path("workers").get(0).path("namespace").asString()).isEqualTo("a");
            assertThat(status.path("workers").get(0).path("stopping").asBoolean()).isTrue();
        }
        assertThat(home.resolve(ControlSocket.NAME)).doesNotExist();
    }

    @Test
    void nobodyElseMayConnect() throws Exception {
        try (ControlSocket _ = open()) {
            Path socket = home.resolve(ControlSocket.NAME);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-------");
            try (var files = Files.list(home)) {
                assertThat(files.toList()).containsExactly(socket);
            }
        }
    }

    @Test
    void theFileOfAKilledServerIsReplacedAndThatOfALivingOneIsNot() throws Exception {
        Path socket = home.resolve(ControlSocket.NAME);
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(socket))
                .close();
        try (ControlSocket _ = open()) {
            assertThat(ControlClient.status(home)).contains("\"sandboxes\":0");
            assertThat(ControlSocket.open(home, this::status)).isEmpty();
            assertThat(ControlClient.status(home)).contains("\"sandboxes\":0");
        }
    }

    @Test
    void aServerThatHangsKeepsNoCommandWaiting() throws Exception {
        try (ServerSocketChannel _ =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        .bind(UnixDomainSocketAddress.of(home.resolve(ControlSocket.NAME)))) {
            assertThatThrownBy(() -> ControlClient.status(home, Duration.ofMillis(50)))
                    .isInstanceOf(IOException.class)
                    .hasMessage("The server of %s does not answer within 1 s.".formatted(home));
        }
    }

    @Test
    void withoutAServerTheErrorSaysSo() {
        assertThatThrownBy(() -> ControlClient.status(home))
                .isInstanceOf(IOException.class)
                .hasMessage("No server runs on %s: 'msb serve' starts one.".formatted(home));
    }
}
