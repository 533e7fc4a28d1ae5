package dev.microsandbox.mcp.transport.stdio;

import dev.microsandbox.mcp.transport.Messages;
import dev.microsandbox.mcp.transport.TestTools;
import io.modelcontextprotocol.json.McpJsonDefaults;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** A client at the other end of a {@link StdioTransport}. */
final class StdioFixture implements AutoCloseable {

    static final int MAX_MESSAGE = 1 << 20;

    final TestTools tools = new TestTools();
    final List<String> ended = new CopyOnWriteArrayList<>();
    final StdioTransport transport;

    private final OutputStream toServer;
    private final LineQueue fromServer = new LineQueue();
    private final Thread server;

    StdioFixture() throws IOException {
        this(Duration.ofSeconds(10));
    }

    StdioFixture(Duration drain) throws IOException {
        PipedInputStream in = new PipedInputStream(1 << 16);
        toServer = new PipedOutputStream(in);
        transport =
                new StdioTransport(
                        in,
                        fromServer,
                        McpJsonDefaults.getMapper(),
                        ended::add,
                        MAX_MESSAGE,
                        drain);
        tools.serve(transport);
        server = Thread.ofPlatform().name("stdio-server").start(this::serve);
    }

    private void serve() {
        try {
            transport.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void send(String line) throws IOException {
        send((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    void send(byte[] bytes) throws IOException {
        toServer.write(bytes);
        toServer.flush();
    }

    void initialize() throws IOException, InterruptedException {
        send(Messages.initialize(0));
        next();
        send(Messages.INITIALIZED);
    }

    /** Waits for the next message. */
    JsonNode next() throws InterruptedException {
        JsonNode message = fromServer.messages.poll(10, TimeUnit.SECONDS);
        if (message == null) {
            throw new AssertionError("the server sent nothing");
        }
        return message;
    }

    /** Whether no message arrives for a while. */
    boolean staysQuiet() throws InterruptedException {
        return fromServer.messages.poll(300, TimeUnit.MILLISECONDS) == null;
    }

    /** Sends a request and returns its answer. */
    boolean answersEcho(int id) throws IOException, InterruptedException {
        send(Messages.call(id, "echo", Map.of("text", "still here")));
        JsonNode answer = next();
        return answer.path("id").asInt() == id && Messages.text(answer).equals("still here");
    }

    void endInput() throws IOException {
        toServer.close();
    }

    boolean serverReturns() throws InterruptedException {
        return server.join(Duration.ofSeconds(10));
    }

    /** Closes the client's end of the output. */
    void breakOutput() {
        fromServer.breakOff();
    }

    @Override
    public void close() throws IOException {
        tools.release.countDown();
        toServer.close();
        try {
            server.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
