package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.config.LiveNamespaces;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.session.SandboxSessions;
import dev.microsandbox.mcp.transport.HttpServer;
import dev.microsandbox.mcp.transport.HttpSettings;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.host.ConfinedWorkers;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.json.McpJsonMapper;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves HTTP, and runs the sandboxes of all namespaces in this process. */
public final class SharedServer implements Serving {

    private static final Logger log = LoggerFactory.getLogger(SharedServer.class);

    private final ServerConfig config;
    private final LiveNamespaces namespaces;
    private final Optional<ConfinedWorkers> workers;
    private final SandboxFactory factory;
    private final SandboxSessions sessions;
    private final HttpServer server;
    private final Instant started = Instant.now();
    private volatile @Nullable ControlSocket control;

    /**
     * @param workers what an earlier server may have run the sandboxes with
     */
    public SharedServer(
            ServerConfig config,
            LiveNamespaces namespaces,
            HttpSettings settings,
            ApiKeys keys,
            Machines machines,
            Optional<ConfinedWorkers> workers) {
        this.config = config;
        this.workers = workers;
        this.namespaces = namespaces;
        factory = machines.confinedFactory(config, log::info, log::info);
        sessions = McpServers.sessions(factory, config, namespaces, McpServers.pool(config));
        McpJsonMapper json = McpJsonDefaults.getMapper();
        server = new HttpServer(settings, keys, json, sessions.lifecycle());
        McpServers servers = new McpServers(sessions, config, json);
        servers.on(server.streamable());
        servers.on(server.sse());
    }

    @Override
    public void start() throws IOException, InterruptedException {
        if (workers.isPresent()) {
            new Handover(config, workers.get()).fromWorkers();
        }
        // Before the first machine, since a confined process makes no Unix socket.
        control = ControlSocket.open(config.home(), this::status).orElse(null);
        server.start();
        config.sandboxes().forEach(factory::prepare);
    }

    private ServerStatus status() {
        return new ServerStatus(
                "shared",
                "http://%s:%d/mcp".formatted(config.http().host(), port()),
                started,
                null,
                sessions.sandboxes(),
                List.of());
    }

    @Override
    public boolean hasWorkers() {
        return false;
    }

    @Override
    public int port() {
        return server.port();
    }

    @Override
    public void checkListening() throws IOException {
        server.checkListening();
    }

    @Override
    public void namespacesChanged() {
        namespaces.sandboxes().forEach(factory::prepare);
    }

    @Override
    public void close() {
        ControlSocket open = control;
        if (open != null) {
            open.close();
        }
        server.close();
        sessions.close();
    }
}
