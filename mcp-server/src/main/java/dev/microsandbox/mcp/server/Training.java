package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.auth.IssuedKey;
import dev.microsandbox.mcp.config.ConfigSources;
import dev.microsandbox.mcp.config.EffectiveConfig;
import dev.microsandbox.mcp.front.Forwarder;
import dev.microsandbox.mcp.front.FrontTimes;
import dev.microsandbox.mcp.front.WorkerChannel;
import dev.microsandbox.mcp.supervisor.Supervisor;
import dev.microsandbox.mcp.supervisor.SupervisorSettings;
import dev.microsandbox.mcp.supervisor.Totals;
import dev.microsandbox.mcp.supervisor.WorkerProcess;
import dev.microsandbox.mcp.transport.HttpListener;
import dev.microsandbox.mcp.transport.HttpSettings;
import dev.microsandbox.mcp.transport.JsonRpc;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.json.McpJsonMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs once what a front and a worker run at their start, in one process, so that the start-up
 * cache that the JVM makes of it has their classes.
 */
public final class Training {

    private static final Logger log = LoggerFactory.getLogger(Training.class);

    private static final String NAMESPACE = "training";

    private static final String INITIALIZE =
            """
            {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",\
            "capabilities":{},"clientInfo":{"name":"training","version":"1"}}}\
            """;

    private final Path home;
    private final Machines machines;

    /**
     * @param home an empty directory
     */
    public Training(Path home, Machines machines) {
        this.home = home;
        this.machines = machines;
    }

    /** Serves one client one request. */
    public void run() throws IOException, InterruptedException {
        EffectiveConfig effective = ConfigSources.read(Map.of(), Map.of("--home", home + ""), home);
        boolean launcher = MicroVmFactory.emulation(effective.config()).examine().launcher();
        log.info("the launcher works: {}", launcher);
        ApiKeys keys = new ApiKeys(effective.config().keys());
        IssuedKey key = keys.create(NAMESPACE, null);
        McpJsonMapper json = McpJsonDefaults.getMapper();
        HttpSettings settings = HttpSettings.of("127.0.0.1", 0);
        try (Supervisor supervisor =
                        new Supervisor(
                                this::start,
                                new Totals(1, 1L << 40, 0),
                                effective.namespaces()::configurationOf,
                                keys::isValidIn,
                                SupervisorSettings.DEFAULT);
                Forwarder forwarder =
                        new Forwarder(
                                supervisor,
                                settings.clients(),
                                caller -> caller.isStillAllowed(keys),
                                FrontTimes.DEFAULT,
                                json);
                HttpListener listener =
                        new HttpListener(settings, keys, new JsonRpc(json), forwarder)) {
            listener.start();
            supervisor.check();
            log.info("{}", ask(listener.port(), key.token()));
        }
    }

    private static String ask(int port, String key) throws IOException {
        byte[] body = INITIALIZE.getBytes(StandardCharsets.UTF_8);
        String head =
                "POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                        + key
                        + "\r\nContent-Type: application/json\r\nAccept: application/json,"
                        + " text/event-stream\r\nConnection: close\r\nContent-Length: "
                        + body.length
                        + "\r\n\r\n";
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** A worker on a thread of this process, where there is no launcher to start another. */
    private WorkerProcess start(String namespace) throws IOException {
        Path directory = home.resolve("tenants").resolve(namespace);
        Path run = Files.createDirectories(directory.resolve("run"));
        CompletableFuture<Integer> exit = new CompletableFuture<>();
        Thread.ofPlatform()
                .name("worker")
                .daemon()
                .start(
                        () -> {
                            try {
                                new WorkerServer(home, namespace, machines, 1).run();
                                boolean _ = exit.complete(0);
                            } catch (IOException e) {
                                log.warn("the worker did not begin", e);
                                boolean _ = exit.complete(1);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        return new InThisProcess(run, exit);
    }

    private record InThisProcess(Path run, CompletableFuture<Integer> exit)
            implements WorkerProcess {

        @Override
        public long pid() {
            return ProcessHandle.current().pid();
        }

        @Override
        public WorkerChannel connectHttp() throws IOException {
            return new Channel(connect("http.sock"));
        }

        @Override
        public ByteChannel connectControl() throws IOException {
            return connect("control.sock");
        }

        private SocketChannel connect(String name) throws IOException {
            return SocketChannel.open(UnixDomainSocketAddress.of(run.resolve(name)));
        }

        @Override
        public void kill() {
            boolean _ = exit.complete(1);
        }
    }

    private record Channel(SocketChannel socket) implements WorkerChannel {

        @Override
        public boolean isQuiet() {
            return true;
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            return socket.read(into);
        }

        @Override
        public int write(ByteBuffer from) throws IOException {
            return socket.write(from);
        }

        @Override
        public boolean isOpen() {
            return socket.isOpen();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
