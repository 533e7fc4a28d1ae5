package dev.microsandbox.mcp.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Asks a server over its {@link ControlSocket}. */
public final class ControlClient {

    private static final int MOST_BYTES = 16 << 20;
    private static final int PIECE = 16 << 10;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private ControlClient() {}

    /**
     * What a server of a home says of itself.
     *
     * @return a JSON object: docs/control.md
     * @throws IOException if there is none, or it may not be asked; the message says which
     */
    public static String status(Path home) throws IOException {
        return status(home, PATIENCE);
    }

    /**
     * As the other method.
     *
     * @param patience how long the answer may take: a server may have been stopped, or hang
     */
    static String status(Path home, Duration patience) throws IOException {
        Path socket = home.resolve(ControlSocket.NAME);
        SocketChannel opened;
        try {
            opened = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            throw new IOException(
                    Files.exists(socket) && !Files.isReadable(socket)
                            ? "Only the user who runs the server of %s, and root, may ask it."
                                    .formatted(home)
                            : "No server runs on %s: 'msb serve' starts one.".formatted(home),
                    e);
        }
        Thread deadline = Thread.ofVirtual().start(() -> closeAfter(patience, opened));
        try (SocketChannel channel = opened) {
            String request =
                    "GET /v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            for (ByteBuffer bytes = ByteBuffer.wrap(request.getBytes(UTF_8));
                    bytes.hasRemaining(); ) {
                int _ = channel.write(bytes);
            }
            return body(readAll(channel));
        } catch (AsynchronousCloseException e) {
            throw new IOException(
                    "The server of %s does not answer within %d s."
                            .formatted(home, Math.max(1, patience.toSeconds())),
                    e);
        } finally {
            deadline.interrupt();
        }
    }

    private static void closeAfter(Duration patience, SocketChannel channel) {
        try {
            Thread.sleep(patience);
            channel.close();
        } catch (InterruptedException e) {
            // The answer is there.
        } catch (IOException e) {
            // It is closed either way.
        }
    }

    private static String readAll(SocketChannel channel) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        while (channel.read(piece.clear()) >= 0) {
            all.write(piece.array(), 0, piece.position());
            if (all.size() > MOST_BYTES) {
                throw new IOException("The server's answer has no end.");
            }
        }
        return all.toString(UTF_8);
    }

    private static String body(String answer) throws IOException {
        int end = answer.indexOf("\r\n\r\n");
        if (end < 0 || !answer.startsWith("HTTP/1.1 200 ")) {
            throw new IOException(
                    "The server answers: " + answer.lines().findFirst().orElse("nothing"));
        }
        return answer.substring(end + 4);
    }
}
