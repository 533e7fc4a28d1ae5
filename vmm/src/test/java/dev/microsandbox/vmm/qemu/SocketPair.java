package dev.microsandbox.vmm.qemu;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Two connected sockets. */
record SocketPair(SocketChannel ours, SocketChannel theirs) implements AutoCloseable {

    static SocketPair open() throws IOException {
        Path directory = Files.createTempDirectory("pair");
        Path path = directory.resolve("socket");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            SocketChannel theirs = SocketChannel.open(UnixDomainSocketAddress.of(path));
            return new SocketPair(server.accept(), theirs);
        } finally {
            Files.deleteIfExists(path);
            Files.delete(directory);
        }
    }

    @Override
    public void close() throws IOException {
        ours.close();
        theirs.close();
    }
}
