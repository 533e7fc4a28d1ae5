package dev.microsandbox.mcp.transport.stdio;

import dev.microsandbox.mcp.auth.Namespaces;
import dev.microsandbox.mcp.memory.MessageMemory;
import dev.microsandbox.mcp.transport.DuplexSession;
import dev.microsandbox.mcp.transport.JsonRpc;
import dev.microsandbox.mcp.transport.JsonRpc.InvalidMessageException;
import dev.microsandbox.mcp.transport.SessionEndListener;
import dev.microsandbox.mcp.transport.stdio.LineReader.LineTooLongException;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.spec.McpSchema.ErrorCodes;
import io.modelcontextprotocol.spec.McpServerSession;
import io.modelcontextprotocol.spec.McpServerTransportProvider;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * MCP over a pair of byte streams, one JSON-RPC message a line (MCP 2025-11-25, Transports,
 * "stdio"). One client, one session, namespace {@link Namespaces#DEFAULT}.
 *
 * <p>Invalid input gets an error response and does not end the session. At the end of input,
 * running requests have {@link #DRAIN} to finish and to be answered. Build the server on this
 * provider first, then call {@link #run}.
 */
public final class StdioTransport implements McpServerTransportProvider {

    /** A longer message is refused. The limit has room for 64 MiB of file content as base64. */
    public static final int MAX_MESSAGE_BYTES = 128 << 20;

    /** How long running requests may continue after the end of input. */
    public static final Duration DRAIN = Duration.ofSeconds(60);

    /** How long interrupted requests may take to react. */
    private static final Duration INTERRUPT_GRACE = Duration.ofSeconds(2);

    private static final Logger log = LoggerFactory.getLogger(StdioTransport.class);

    private final LineReader in;
    private final OutputStream out;
    private final JsonRpc jsonRpc;
    private final SessionEndListener ended;
    private final Duration drain;

    private final ReentrantLock writeLock = new ReentrantLock();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile @Nullable DuplexSession session;

    /**
     * Prepares a transport; nothing is read yet.
     *
     * @param in from the client
     * @param out to the client; nothing else may write to it. Each message is flushed
     * @param json reads and writes messages
     * @param ended notified when the session ends
     */
    public StdioTransport(
            InputStream in, OutputStream out, McpJsonMapper json, SessionEndListener ended) {
        this(in, out, json, ended, MAX_MESSAGE_BYTES, DRAIN);
    }

    StdioTransport(
            InputStream in,
            OutputStream out,
            McpJsonMapper json,
            SessionEndListener ended,
            int maxMessageBytes,
            Duration drain) {
        this.in = new LineReader(in, maxMessageBytes);
        this.out = out;
        this.jsonRpc = new JsonRpc(json);
        this.ended = ended;
        this.drain = drain;
    }

    /** Called by the SDK when the server is built. */
    @Override
    public void setSessionFactory(McpServerSession.Factory factory) {
        session =
                new DuplexSession(
                        factory,
                        jsonRpc,
                        Namespaces.context(Namespaces.DEFAULT),
                        new MessageMemory().session(),
                        this::writeLine);
    }

    /**
     * Serves the client on the calling thread until the input ends or the output breaks, then
     * drains and closes.
     *
     * @throws IOException if the input cannot be read; the session is closed nevertheless
     * @throws IllegalStateException if no server has been built on this transport
     */
    public void run() throws IOException {
        DuplexSession current = session;
        if (current == null) {
            throw new IllegalStateException("build an MCP server on this transport first");
        }
        try {
            while (!closed.get() && receiveOne(current)) {}
            drain(current);
        } finally {
            end();
        }
    }

    @Override
    public Mono<Void> notifyClients(String method, @Nullable Object params) {
        return Mono.defer(
                () -> {
                    DuplexSession current = session;
                    return current == null || closed.get()
                            ? Mono.empty()
                            : current.notify(method, params);
                });
    }

    @Override
    public Mono<Void> notifyClient(String sessionId, String method, @Nullable Object params) {
        return Mono.defer(
                () -> {
                    DuplexSession current = session;
                    return current == null || !current.id().equals(sessionId)
                            ? Mono.empty()
                            : notifyClients(method, params);
                });
    }

    /** Interrupts running requests and ends the session. {@link #run} returns at the next line. */
    @Override
    public Mono<Void> closeGracefully() {
        return Mono.fromRunnable(this::end);
    }

    private boolean receiveOne(DuplexSession current) throws IOException {
        try {
            byte[] line = in.next();
            if (line == null) {
                return false;
            }
            if (!isBlank(line)) {
                current.receive(jsonRpc.read(line));
            }
        } catch (InvalidMessageException e) {
            answer(jsonRpc.error(e));
        } catch (LineTooLongException e) {
            answer(jsonRpc.error(null, ErrorCodes.INVALID_REQUEST, String.valueOf(e.getMessage())));
        } catch (RuntimeException | Error e) {
            // One message must not end the session. The next one begins at the next line.
            answer(jsonRpc.error(null, e));
        }
        return true;
    }

    private static boolean isBlank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    private void answer(byte[] message) {
        try {
            writeLine(message);
        } catch (IOException e) {
            log.debug("the client no longer reads", e);
        }
    }

    private void writeLine(byte[] message) throws IOException {
        writeLock.lock();
        try {
            out.write(message);
            out.write('\n');
            out.flush();
        } catch (IOException e) {
            // The client is gone. End on another thread, because this one may be a call that end()
            // interrupts.
            Thread.ofVirtual().name("mcp-end").start(this::end);
            throw e;
        } finally {
            writeLock.unlock();
        }
    }

    private void drain(DuplexSession current) {
        try {
            if (!current.calls().awaitIdle(drain)) {
                log.warn(
                        "interrupting requests that are still running {} after the end of input",
                        drain);
            }
            current.calls().close();
            current.calls().awaitIdle(INTERRUPT_GRACE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void end() {
        DuplexSession current = session;
        if (current != null && closed.compareAndSet(false, true)) {
            current.close();
            ended.sessionEnded(current.id());
        }
    }
}
