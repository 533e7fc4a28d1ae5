package dev.microsandbox.mcp.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * While somebody takes what a server has, everybody else is served.
 *
 * <p>The suite runs short forms. With {@code -Dattack.seconds=120} each attack has the full size,
 * holds that long, and prints what it measured.
 */
@Timeout(600)
class AttackedServerTest {

    private static final int SECONDS = Integer.getInteger("attack.seconds", 0);
    private static final boolean LONG = SECONDS > 0;

    private static final int MIB = 1 << 20;

    @TempDir Path home;

    @SuppressWarnings("NullAway.Init")
    private HttpServerProcess server;

    private final List<Socket> attack = new ArrayList<>();
    private long slowest;

    @BeforeEach
    void start() throws IOException {
        server =
                new HttpServerProcess(
                        home, home.resolve("log").toFile(), LONG ? "-Xmx512m" : "-Xmx80m");
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket socket : attack) {
            socket.close();
        }
        server.close();
    }

    @Test
    void halfSentBodiesOfOneKeyTakeNothingFromOthers() throws Exception {
        String other = initialize(server.keys.get(1));
        long before = server.usedMemory();
        byte[] head =
                bytes(
                        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                + "X-API-Key: "
                                + server.keys.get(0)
                                + "\r\nContent-Length: "
                                + MIB
                                + "\r\n\r\n");
        byte[] body = new byte[MIB - 1];
        int refused = 0;
        for (int i = 0; i < (LONG ? 700 : 120); i++) {
            Socket socket = open();
            try {
                socket.getOutputStream().write(head);
                socket.getOutputStream().write(body);
            } catch (SocketException e) {
                // The server refuses to read it.
                refused++;
            }
            if (i % 20 == 0) {
                assertOthersAreServed(other);
            }
        }
        hold(other);
        report("half-sent bodies: " + attack.size() + ", refused while sent: " + refused);
        assertRecovery(before);
        assertOthersAreServed(other);
    }

    @Test
    void halfHeadersOfStrangersTakeNothingFromOthers() throws Exception {
        String other = initialize(server.keys.get(1));
        long before = server.usedMemory();
        byte[] half = bytes("GET /mcp HTTP/1.1\r\nX: ");
        for (int i = 0; i < (LONG ? 5000 : 4200); i++) {
            Socket socket = open();
            try {
                socket.getOutputStream().write(half);
            } catch (SocketException e) {
                // A later one has taken its place.
            }
            if (i % 600 == 0) {
                assertOthersAreServed(other);
            }
        }
        hold(other);
        report("half headers: " + attack.size() + ", open " + connectionsOf(server.pid()));
        if (LONG) {
            // Those that are left are closed 10 s after they were accepted.
            Awaitility.await()
                    .atMost(Duration.ofSeconds(15))
                    .until(() -> connectionsOf(server.pid()) <= 3);
        }
        assertRecovery(before);
    }

    @Test
    void manyTinyValuesAreNotParsedBeyondTheShare() throws Exception {
        String other = initialize(server.keys.get(1));
        long before = server.usedMemory();
        String text = "[" + "{\"\":0},".repeat(MIB / 8) + "0]";
        byte[] request =
                bytes(
                        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                + "X-API-Key: "
                                + server.keys.get(0)
                                + "\r\nContent-Length: "
                                + text.length()
                                + "\r\n\r\n"
                                + text);
        for (int i = 0; i < (LONG ? 200 : 12); i++) {
            Socket socket = open();
            try {
                socket.getOutputStream().write(request);
            } catch (SocketException e) {
                // The server refuses to read it.
            }
            if (i % 10 == 0) {
                assertOthersAreServed(other);
            }
        }
        hold(other);
        assertRecovery(before);
    }

    @Test
    void requestsWithoutAPauseTakeNothingFromOthers() throws Exception {
        String other = initialize(server.keys.get(1));
        long before = server.usedMemory();
        byte[] requests = bytes("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(500));
        for (int i = 0; i < (LONG ? 64 : 16); i++) {
            Socket socket = open();
            Thread.ofPlatform().daemon().start(() -> sendUntilClosed(socket, requests));
            Thread.ofPlatform().daemon().start(() -> readUntilClosed(socket));
        }
        for (int i = 0; i < 5; i++) {
            assertOthersAreServed(other);
        }
        hold(other);
        assertRecovery(before);
    }

    private static void sendUntilClosed(Socket socket, byte[] requests) {
        try {
            while (true) {
                socket.getOutputStream().write(requests);
            }
        } catch (IOException e) {
            // The attack is over.
        }
    }

    private static void readUntilClosed(Socket socket) {
        try {
            socket.getInputStream().transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            // The attack is over.
        }
    }

    private Socket open() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port);
        attack.add(socket);
        return socket;
    }

    private void hold(String session) throws Exception {
        long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
        do {
            assertOthersAreServed(session);
        } while (System.nanoTime() < end);
    }

    private void assertRecovery(long before) throws IOException {
        for (Socket socket : attack) {
            socket.close();
        }
        long[] used = new long[1];
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(
                        () -> {
                            used[0] = server.usedMemory();
                            return used[0] < before + 4 * MIB && connectionsOf(server.pid()) <= 3;
                        });
        report("memory before " + before / MIB + " MiB, after " + used[0] / MIB + " MiB");
        assertThat(Files.readString(home.resolve("log"))).doesNotContain("OutOfMemoryError");
    }

    private void assertOthersAreServed(String session) throws IOException {
        long begin = System.nanoTime();
        assertThat(exchange("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
        assertFast(begin);
        begin = System.nanoTime();
        String call = Messages.call(1, "whoami", Map.of());
        assertThat(
                        exchange(
                                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                        + "Content-Type: application/json\r\nX-API-Key: "
                                        + server.keys.get(1)
                                        + "\r\nMcp-Session-Id: "
                                        + session
                                        + "\r\nContent-Length: "
                                        + call.length()
                                        + "\r\n\r\n"
                                        + call))
                .startsWith("HTTP/1.1 200")
                .contains("other " + session);
        assertFast(begin);
    }

    private void assertFast(long begin) {
        long took = System.nanoTime() - begin;
        slowest = Math.max(slowest, took);
        assertThat(Duration.ofNanos(took)).isLessThan(Duration.ofSeconds(2));
    }

    private String initialize(String key) throws IOException {
        String body = Messages.initialize(1);
        String answer =
                exchange(
                        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                + "Content-Type: application/json\r\nX-API-Key: "
                                + key
                                + "\r\nContent-Length: "
                                + body.length()
                                + "\r\n\r\n"
                                + body);
        return answer.lines()
                .filter(line -> line.startsWith("Mcp-Session-Id: "))
                .map(line -> line.substring("Mcp-Session-Id: ".length()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(answer));
    }

    private String exchange(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(bytes(request));
            try (InputStream in = socket.getInputStream()) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        }
    }

    /** The sockets of a process, in whatever state they are. */
    private static long connectionsOf(long pid) throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return descriptors.filter(AttackedServerTest::isSocket).count();
        }
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException e) {
            return false;
        }
    }

    private void report(String what) {
        if (LONG) {
            System.out.println(what + "; slowest answer to others " + slowest / 1_000_000 + " ms");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
