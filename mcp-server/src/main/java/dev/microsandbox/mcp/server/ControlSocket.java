package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.transport.connection.ClientAddresses;
import dev.microsandbox.mcp.transport.connection.ConnectionLimits;
import dev.microsandbox.mcp.transport.connection.Connections;
import dev.microsandbox.mcp.transport.connection.GuardedSelector;
import dev.microsandbox.vmm.storage.DurableFiles;
import dev.microsandbox.vmm.storage.FileTree;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP on a Unix socket in the home, over which commands on the same host ask a server:
 * docs/control.md. The kernel lets the server's user and root connect, and nobody else.
 * Thread-safe.
 */
final class ControlSocket implements AutoCloseable {

    static final String NAME = "control.sock";

    private static final Logger log = LoggerFactory.getLogger(ControlSocket.class);

    private static final int CONNECTIONS = 32;

    private static final String NOTHING =
            "{\"error\":\"There is nothing at this path. docs/control.md lists what there is.\"}";

    private final WebServer web;
    private final Connections connections;
    private final Path socket;

    private ControlSocket(WebServer web, Connections connections, Path socket) {
        this.web = web;
        this.connections = connections;
        this.socket = socket;
    }

    /**
     * Listens, unless another server of this home does. That several share a home is no mistake, so
     * the later one goes without, and says so.
     *
     * @param status what the server says of itself
     */
    static Optional<ControlSocket> open(Path home, Supplier<ServerStatus> status) {
        Path socket = home.resolve(NAME);
        if (answers(socket)) {
            log.info("{} is another server's: commands on this host reach that one", socket);
            return Optional.empty();
        }
        try {
            return Optional.of(listen(home, socket, status));
        } catch (IOException e) {
            log.warn("There is no control socket: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private static ControlSocket listen(Path home, Path socket, Supplier<ServerStatus> status)
            throws IOException {
        // It gets its place once nobody else may connect to it.
        Path directory = DurableFiles.createPrivateDirectories(home.resolve(".control"));
        Path draft = directory.resolve("sock");
        Files.deleteIfExists(draft);
        Connections connections =
                new Connections(
                        ConnectionLimits.of(CONNECTIONS), new ClientAddresses(Set.of()), false);
        WebServer web =
                WebServer.builder()
                        .bindAddress(UnixDomainSocketAddress.of(draft))
                        .protocolsDiscoverServices(false)
                        .addConnectionSelector(new GuardedSelector(connections))
                        .maxTcpConnections(CONNECTIONS)
                        .maxPayloadSize(0)
                        .shutdownHook(false)
                        .routing(
                                HttpRouting.builder()
                                        .get(
                                                "/v1/status",
                                                (_, res) -> json(res, status.get().json()))
                                        .any(
                                                (_, res) -> {
                                                    res.status(Status.NOT_FOUND_404);
                                                    json(res, NOTHING);
                                                }))
                        .build()
                        .start();
        if (!web.isRunning()) {
            connections.close();
            throw new IOException("nothing can listen on " + draft);
        }
        Files.setPosixFilePermissions(draft, PosixFilePermissions.fromString("rw-------"));
        Path _ =
                Files.move(
                        draft,
                        socket,
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
        FileTree.delete(directory);
        return new ControlSocket(web, connections, socket);
    }

    private static void json(ServerResponse res, String text) {
        res.header(HeaderNames.CONTENT_TYPE, "application/json");
        res.send(text);
    }

    /** Whether somebody listens. The file of a server that was killed stays. */
    private static boolean answers(Path socket) {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            return channel.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            log.debug("the socket's file stays", e);
        }
        web.stop();
        connections.close();
    }
}
