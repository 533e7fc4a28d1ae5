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
 * A socket to which one QEMU process connects, and which is then gone: it is in a directory that
 * only that process's user, and root, can enter.
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
     * Makes a socket.
     *
     * @param user whom QEMU runs as; null for this process's own user
     */
    static PrivateSocket listen(@Nullable Integer user) throws IOException {
        // Only its owner can enter it.
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
     * Waits for the process to connect; from then on the socket has no name any more.
     *
     * @throws IOException if the process ends without
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

    /** What an interrupt of a thread in an I/O operation is, with the thread's status cleared. */
    static InterruptedException interrupted(ClosedByInterruptException cause) {
        boolean _ = Thread.interrupted();
        InterruptedException interrupted = new InterruptedException();
        interrupted.initCause(cause);
        return interrupted;
    }

    /** Idempotent: what has its name later is not removed. */
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
            // What stays is an empty directory that nobody listens in.
            return;
        }
    }
}
