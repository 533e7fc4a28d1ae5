package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.config.LiveNamespaces;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.front.Forwarder;
import dev.microsandbox.mcp.front.FrontTimes;
import dev.microsandbox.mcp.supervisor.Supervisor;
import dev.microsandbox.mcp.supervisor.SupervisorSettings;
import dev.microsandbox.mcp.supervisor.Totals;
import dev.microsandbox.mcp.transport.HttpListener;
import dev.microsandbox.mcp.transport.HttpSettings;
import dev.microsandbox.mcp.transport.JsonRpc;
import dev.microsandbox.vmm.host.ConfinedWorkers;
import dev.microsandbox.vmm.host.HostMemory;
import dev.microsandbox.vmm.storage.LockFile;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.json.McpJsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves HTTP, and has a worker for each namespace run its sandboxes. It runs none itself: it opens
 * neither /dev/kvm nor a file that a guest has written.
 */
public final class FrontServer implements Serving {

    private static final Logger log = LoggerFactory.getLogger(FrontServer.class);

    private static final Duration CHECK = Duration.ofSeconds(1);
    private static final Duration NAMESPACES = Duration.ofSeconds(5);

    /** How long the front before this one may take to end. */
    private static final Duration PREDECESSOR = Duration.ofSeconds(5);

    private final ServerConfig config;
    private final LiveNamespaces namespaces;
    private final ApiKeys keys;
    private final Machines machines;
    private final Preparation preparation;
    private final Handover handover;
    private final Totals totals;
    private final Supervisor supervisor;
    private final Forwarder forwarder;
    private final HttpListener listener;
    private final Instant started = Instant.now();
    private volatile @Nullable ControlSocket control;
    private @Nullable LockFile lock;

    public FrontServer(
            ServerConfig config,
            LiveNamespaces namespaces,
            HttpSettings settings,
            ApiKeys keys,
            Machines machines,
            ConfinedWorkers workers) {
        this.config = config;
        this.namespaces = namespaces;
        this.keys = keys;
        this.machines = machines;
        MemoryTotal memory = MemoryTotal.of(config, HostMemory.bytes());
        memory.reduction().ifPresent(log::warn);
        preparation = new Preparation(config, workers);
        handover = new Handover(config, workers);
        totals = new Totals(config.limits().cpus(), memory.bytes(), config.pool().max());
        LaunchedWorkers launched = new LaunchedWorkers(workers);
        supervisor =
                new Supervisor(
                        namespace -> {
                            preparation.await(namespaces.of(namespace).sandbox().image());
                            return launched.start(namespace);
                        },
                        totals,
                        namespaces::configurationOf,
                        this::isValid,
                        SupervisorSettings.DEFAULT);
        McpJsonMapper json = McpJsonDefaults.getMapper();
        forwarder =
                new Forwarder(
                        supervisor,
                        settings.clients(),
                        caller -> caller.isStillAllowed(keys),
                        FrontTimes.DEFAULT,
                        json);
        listener = new HttpListener(settings, keys, new JsonRpc(json), forwarder);
    }

    private boolean isValid(String namespace, String key) {
        try {
            return keys.isValidIn(namespace, key);
        } catch (UncheckedIOException e) {
            log.warn("The API keys cannot be read: {}", e.getMessage());
            return true; // each request asks again
        }
    }

    /** Keeps other servers with workers from a home; empty if there is one. */
    static Optional<LockFile> lock(ServerConfig config) throws IOException {
        return LockFile.tryExclusive(config.home().resolve("front.lock"), PREDECESSOR);
    }

    @Override
    public void start() throws IOException, InterruptedException {
        lock =
                lock(config)
                        .orElseThrow(
                                () ->
                                        new IOException(
                                                "Another server with workers runs on %s. Stop it, or give this one another home."
                                                        .formatted(config.home())));
        handover.toWorkers();
        control = ControlSocket.open(config.home(), this::status).orElse(null);
        listener.start();
        try {
            machines.confineThisProcess();
            log.info(
                    "Confined: a filter of system calls is on for all threads, and this process can start no program any more");
        } catch (IOException e) {
            log.warn(
                    "Not confined: the kernel refuses the filter of system calls: {}",
                    e.getMessage());
        }
        preparation.start();
        Periodic.start("workers", CHECK, supervisor::check);
        Periodic.start("namespaces-of-workers", NAMESPACES, this::endRemoved);
    }

    /** Ends the workers of namespaces that have neither a key nor settings any more. */
    private void endRemoved() {
        try {
            Set<String> known = new HashSet<>(namespaces.names());
            known.addAll(keys.namespaces());
            if (!config.http().developmentMode()) {
                supervisor.retain(known);
            }
        } catch (IOException e) {
            log.warn("The API keys cannot be read: {}", e.getMessage());
        }
    }

    private ServerStatus status() {
        Totals.Use use = totals.use();
        return new ServerStatus(
                "namespace",
                "http://%s:%d/mcp".formatted(config.http().host(), port()),
                started,
                new ServerStatus.Totals(
                        use.cpusInUse(), use.cpus(), use.memoryInUse(), use.memoryBytes()),
                use.sandboxes(),
                supervisor.status().stream()
                        .map(
                                worker ->
                                        new ServerStatus.Worker(
                                                worker.namespace(),
                                                worker.pid(),
                                                worker.state().sessions(),
                                                worker.state().computers(),
                                                worker.state().requests(),
                                                worker.stopping()))
                        .toList());
    }

    @Override
    public boolean hasWorkers() {
        return true;
    }

    @Override
    public int port() {
        return listener.port();
    }

    @Override
    public void checkListening() throws IOException {
        listener.checkListening();
    }

    @Override
    public void namespacesChanged() {
        supervisor.configure();
    }

    @Override
    public void close() {
        ControlSocket open = control;
        if (open != null) {
            open.close();
        }
        supervisor.close();
        forwarder.close();
        listener.close();
        try (LockFile _ = lock) {
            log.debug("the home is free");
        } catch (IOException e) {
            log.debug("the lock ends with the process", e);
        }
    }
}
