package dev.microsandbox.mcp.front;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A worker that does what a test says, on a Unix socket of its own. */
final class FakeWorker implements Worker, AutoCloseable {

    static final String LAST_WORDS = "The process has ended; its computers are suspended.";

    private static final AtomicInteger COUNT = new AtomicInteger();

    /** The heads of the requests that came, the first first. */
    final List<String> heads = new CopyOnWriteArrayList<>();

    final AtomicInteger connections = new AtomicInteger();

    private final Path path;
    private final ServerSocketChannel listener;
    private final Script script;
    private final List<SocketChannel> open = new CopyOnWriteArrayList<>();
    private volatile boolean alive = true;

    /** What a worker does on a connection. When it returns, the connection is closed. */
    @FunctionalInterface
    interface Script {
        void run(Peer peer) throws Exception;
    }

    FakeWorker(Path directory, Script script) throws IOException {
        this.path = directory.resolve("w" + COUNT.incrementAndGet());
        this.script = script;
        this.listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(path), 2000);
        Thread.ofVirtual().start(this::accept);
    }

    /** A worker that sends the same bytes to each request, once it has read the request. */
    static FakeWorker answering(Path directory, String answer) throws IOException {
        return new FakeWorker(
                directory,
                peer -> {
                    while (true) {
                        peer.readRequest();
                        peer.send(answer);
                    }
                });
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel channel = listener.accept();
                open.add(channel);
                connections.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(channel));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(SocketChannel channel) {
        try (channel) {
            script.run(new Peer(this, channel));
        } catch (Exception e) {
            // The front has closed the connection, or the test has ended.
        }
    }

    @Override
    public WorkerChannel connect() throws IOException {
        return new SocketWorkerChannel(SocketChannel.open(UnixDomainSocketAddress.of(path)));
    }

    @Override
    public boolean isAlive() {
        return alive;
    }

    @Override
    public String lastWords() {
        return LAST_WORDS;
    }

    /** The process ends. */
    void die() {
        alive = false;
        try {
            listener.close();
            for (SocketChannel channel : open) {
                channel.close();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws IOException {
        die();
        Files.deleteIfExists(path);
    }

    /** A connection, seen from the worker. */
    static final class Peer {

        private final FakeWorker worker;
        private final SocketChannel channel;
        private final InputStream in;
        private final OutputStream out;

        private Peer(FakeWorker worker, SocketChannel channel) {
            this.worker = worker;
            this.channel = channel;
            this.in = Channels.newInputStream(channel);
            this.out = Channels.newOutputStream(channel);
        }

        InputStream in() {
            return in;
        }

        void die() {
            worker.die();
        }

        void send(String text) throws IOException {
            send(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        void send(byte[] bytes) throws IOException {
            out.write(bytes);
        }

        /** Reads a head, without the empty line. */
        String readHead() throws IOException {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
                int next = in.read();
                if (next < 0) {
                    throw new EOFException();
                }
                head.write(next);
            }
            String text = head.toString(StandardCharsets.ISO_8859_1);
            worker.heads.add(text.substring(0, text.length() - 4));
            return text.substring(0, text.length() - 4);
        }

        /** Reads a request with its body. Returns the body. */
        String readRequest() throws IOException {
            String head = readHead();
            if (head.contains("\r\nTransfer-Encoding: chunked")) {
                return readChunks();
            }
            int at = head.indexOf("\r\nContent-Length: ");
            if (at < 0) {
                return "";
            }
            String value = head.substring(at + "\r\nContent-Length: ".length()).split("\r", -1)[0];
            int length = Integer.parseInt(value);
            byte[] body = in.readNBytes(length);
            if (body.length < length) {
                throw new EOFException();
            }
            return new String(body, StandardCharsets.ISO_8859_1);
        }

        private String readChunks() throws IOException {
            StringBuilder body = new StringBuilder();
            while (true) {
                int size = Integer.parseInt(readLine(), 16);
                body.append(new String(in.readNBytes(size), StandardCharsets.ISO_8859_1));
                if (!readLine().isEmpty()) {
                    throw new IOException("a chunk does not end");
                }
                if (size == 0) {
                    return body.toString();
                }
            }
        }

        private String readLine() throws IOException {
            StringBuilder line = new StringBuilder();
            while (line.indexOf("\r\n") < 0) {
                int next = in.read();
                if (next < 0) {
                    throw new EOFException();
                }
                line.append((char) next);
            }
            return line.substring(0, line.length() - 2);
        }

        /** Waits until the front closes the connection. */
        void awaitEnd() throws IOException {
            while (in.read() >= 0) {
                // goes on
            }
        }

        void close() throws IOException {
            channel.close();
        }
    }
}
