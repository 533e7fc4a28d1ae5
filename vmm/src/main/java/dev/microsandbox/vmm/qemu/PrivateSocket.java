package dev.microsandbox.vmm.qemu;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A socket for the connection of one QEMU process. It lies in a directory that only that process's
 * user and root can enter, and is deleted once the process has connected.
 */
final class PrivateSocket implements AutoCloseable {

    private final Path directory;
    private final Path path;
    private final ServerSocketChannel server;
    private boolean closed;

    private PrivateSocket(Path directory, Path path, ServerSocketChannel server) {
        this.directory = directory;
        this.path = path;
        this.server = server;
    }

    /**
     * Creates a socket and listens.
     *
     * @param user the user id of QEMU; null for this process's own user
     */
    static PrivateSocket listen(@Nullable Integer user) throws IOException {
        // The JDK creates it so that only its owner can enter it.
        Path directory = Files.createTempDirectory("microsandbox-");
        Path path = directory.resolve("microsandbox.socket");
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        PrivateSocket socket = new PrivateSocket(directory, path, server);
        try {
            server.bind(UnixDomainSocketAddress.of(path));
            if (user != null) {
                Files.setAttribute(path, "unix:uid", user);
                Files.setAttribute(directory, "unix:uid", user);
            }
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw new IOException("cannot listen on " + path + ": " + e.getMessage(), e);
        }
    }

    Path path() {
        return path;
    }

    /**
     * Waits for the process to connect, then deletes the socket.
     *
     * @throws IOException if the process ends without connecting
     */
    SocketChannel accept(Process process) throws IOException, InterruptedException {
        var _ = process.onExit().thenRun(this::close);
        try {
            return server.accept();
        } catch (ClosedByInterruptException e) {
            throw interrupted(e);
        } catch (AsynchronousCloseException e) {
            throw new IOException("QEMU ended too soon", e);
        } catch (ClosedChannelException e) {
            throw new IOException("QEMU ended at once", e);
        } finally {
            close();
        }
    }

    /**
     * Turns the exception of an interrupted I/O operation into InterruptedException, and clears the
     * thread's interrupt status.
     */
    static InterruptedException interrupted(ClosedByInterruptException cause) {
        boolean _ = Thread.interrupted();
        InterruptedException interrupted = new InterruptedException();
        interrupted.initCause(cause);
        return interrupted;
    }

    /** Closes and deletes the socket. Idempotent: a later file of the same name is not deleted. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            server.close();
            Files.deleteIfExists(path);
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            // At worst, an unused socket or an empty directory remains.
            return;
        }
    }
}
