package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.auth.Namespaces;
import dev.microsandbox.vmm.storage.LockFile;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;

/**
 * The files of a worker, in a directory that the launcher has made and that only the worker and its
 * front can open.
 *
 * @param home the server's home
 * @param path the directory
 */
record WorkerDirectory(Path home, Path path) {

    /** Whoever may open the directory may connect; the launcher lacks the right to do more. */
    private static final String CONNECTABLE = "rwxrwxrwx";

    static WorkerDirectory of(Path home, String namespace) {
        return new WorkerDirectory(
                home, home.resolve("tenants").resolve(Namespaces.validate(namespace)));
    }

    Path sessions() {
        return path.resolve("sessions");
    }

    /** The socket of the HTTP server. */
    Path http() {
        return path.resolve("run/http.sock");
    }

    private Path control() {
        return path.resolve("run/control.sock");
    }

    /** Waits for the front to connect. The socket is gone then: there is one front. */
    SocketChannel acceptFront() throws IOException {
        Files.deleteIfExists(http());
        Files.deleteIfExists(control());
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            var _ = listener.bind(UnixDomainSocketAddress.of(control()));
            Files.setPosixFilePermissions(control(), PosixFilePermissions.fromString(CONNECTABLE));
            return listener.accept();
        } finally {
            Files.deleteIfExists(control());
        }
    }

    /** Lets the front connect to the HTTP server, which listens. */
    void openToFront() throws IOException {
        Files.setPosixFilePermissions(http(), PosixFilePermissions.fromString(CONNECTABLE));
    }

    /**
     * Waits for an earlier worker of the namespace to end.
     *
     * @throws IOException if it does not
     */
    LockFile lock(Duration patience) throws IOException {
        return LockFile.tryExclusive(path.resolve("lock"), patience)
                .orElseThrow(
                        () ->
                                new IOException(
                                        "another process runs the computers of this namespace"));
    }
}
