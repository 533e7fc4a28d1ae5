package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.config.ConfigException;
import dev.microsandbox.mcp.config.ConfigSources;
import dev.microsandbox.mcp.config.EffectiveConfig;
import dev.microsandbox.mcp.config.NamespaceConfig;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.log.LogConfigurator;
import dev.microsandbox.mcp.log.WebServerLog;
import dev.microsandbox.mcp.seam.ControlChannel;
import dev.microsandbox.mcp.seam.ToFront;
import dev.microsandbox.mcp.session.SandboxSessions;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.transport.HttpLimits;
import dev.microsandbox.mcp.transport.HttpServer;
import dev.microsandbox.mcp.transport.HttpSettings;
import dev.microsandbox.mcp.transport.SessionLimits;
import dev.microsandbox.mcp.transport.connection.ConnectionLimits;
import dev.microsandbox.mcp.worker.FrontLink;
import dev.microsandbox.mcp.worker.GrantedCapacity;
import dev.microsandbox.mcp.worker.Orders;
import dev.microsandbox.mcp.worker.StatementGate;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.storage.LockFile;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.json.McpJsonMapper;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker: a process that runs the sessions and machines of one namespace, for a front. It takes
 * its configuration from the front, asks the front before each machine, and ends with it.
 */
public final class WorkerServer {

    private static final Logger log = LoggerFactory.getLogger(WorkerServer.class);

    /** How long to wait for an earlier worker of the namespace to suspend its computers. */
    private static final Duration PREDECESSOR = Duration.ofSeconds(90);

    private static final Duration REPORT = Duration.ofMillis(500);

    /** The front bounds its clients' connections; these are its own. */
    private static final int CONNECTIONS = 8192;

    private final WorkerDirectory directory;
    private final String namespace;
    private final Machines machines;
    private final int exhausted;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final Set<String> endedKeys = ConcurrentHashMap.newKeySet();

    /**
     * @param home the server's home
     * @param exhausted the exit code of a process that cannot go on
     */
    public WorkerServer(Path home, String namespace, Machines machines, int exhausted) {
        this.directory = WorkerDirectory.of(home, namespace);
        this.namespace = namespace;
        this.machines = machines;
        this.exhausted = exhausted;
    }

    /**
     * Serves the front until it says otherwise, or is gone.
     *
     * @throws IOException if the worker cannot begin; the message says why
     */
    public void run() throws IOException, InterruptedException {
        try (SocketChannel front = directory.acceptFront();
                LockFile _ = directory.lock(PREDECESSOR)) {
            serve(new FrontLink(ControlChannel.ofWorker(front)));
        }
    }

    private void serve(FrontLink front) throws IOException, InterruptedException {
        EffectiveConfig first = configuration(front.awaitConfiguration());
        Terms terms = new Terms(first);
        ServerConfig config = first.config();
        LogConfigurator.setLevel(config.logLevel());
        WebServerLog.configure(config.logLevel());
        WorkerMachines own = machines.workerMachines(config, log::info);
        SandboxSessions sessions =
                McpServers.workerSessions(
                        own.factory(),
                        terms::of,
                        new GrantedCapacity(front),
                        new PoolLimits(
                                terms.of(namespace).sandbox(),
                                config.pool().size(),
                                config.pool().max()),
                        directory.sessions());
        McpJsonMapper json = McpJsonDefaults.getMapper();
        HttpServer server =
                new HttpServer(
                        settings(terms),
                        new StatementGate(
                                namespace,
                                key -> {
                                    endedKeys.remove(key);
                                    front.watch(key);
                                }),
                        caller -> caller.keyId() == null || !endedKeys.contains(caller.keyId()),
                        json,
                        sessions.lifecycle());
        McpServers servers = new McpServers(sessions, config, json);
        servers.on(server.streamable());
        servers.on(server.sse());
        server.start();
        directory.openToFront();
        confine(own);
        Ending ending = new Ending(server, sessions);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> ending.end(false), "stop"));
        Watchdog.start(exhausted, server::checkListening);
        HeapReturn.start();
        front.begin(new FrontOrders(terms, ending));
        Periodic.start("state", REPORT, () -> front.say(state(terms, server, sessions)));
        stopped.await();
        front.close();
    }

    private EffectiveConfig configuration(String yaml) {
        return ConfigSources.ofText(yaml, directory.home());
    }

    private static void confine(WorkerMachines machines) throws InterruptedException {
        try {
            machines.confinement().confine();
        } catch (SandboxException e) {
            // Each call says so too, and the next one tries again.
            log.warn("No sandbox can run here: {}", e.getMessage());
        }
    }

    private ToFront.State state(Terms terms, HttpServer server, SandboxSessions sessions) {
        HttpServer.Activity activity = server.activity();
        // Without suspension, a session could not outlive this process.
        int busy = terms.of(namespace).session().suspend() ? activity.busy() : activity.sessions();
        return new ToFront.State(activity.sessions(), sessions.sandboxesOf(namespace), busy);
    }

    private HttpSettings settings(Terms terms) {
        ConnectionLimits all = ConnectionLimits.of(CONNECTIONS);
        ConnectionLimits connections =
                new ConnectionLimits(
                        CONNECTIONS,
                        CONNECTIONS / 2,
                        CONNECTIONS / 2,
                        all.header(),
                        all.idle(),
                        all.bodyPatience(),
                        all.answerPatience(),
                        all.bytesPerSecond());
        HttpLimits limits =
                new HttpLimits(
                        HttpLimits.DEFAULT.maxBodyBytes(),
                        connections,
                        HttpLimits.DEFAULT.keepAlive(),
                        HttpLimits.DEFAULT.stopGrace());
        SessionLimits sessions =
                SessionLimits.DEFAULT.withOfNamespace(
                        name -> terms.of(name).quota().sessions().orElse(Integer.MAX_VALUE));
        return HttpSettings.of("localhost", 0)
                .withSocket(directory.http())
                .withLimits(limits, sessions);
    }

    /** The settings in force, which the front replaces when they change. */
    private static final class Terms {

        private volatile EffectiveConfig current;

        Terms(EffectiveConfig first) {
            current = first;
        }

        NamespaceConfig of(String name) {
            return current.namespaces().of(name);
        }

        void replace(EffectiveConfig next) {
            current = next;
        }
    }

    /** Ends the worker once, whoever wants it first. */
    private final class Ending {

        private final HttpServer server;
        private final SandboxSessions sessions;

        Ending(HttpServer server, SandboxSessions sessions) {
            this.server = server;
            this.sessions = sessions;
        }

        void end(boolean keepsUnused) {
            if (!stopping.compareAndSet(false, true)) {
                awaitEnd();
                return;
            }
            try {
                if (keepsUnused) {
                    sessions.keepUnused();
                }
                server.close();
                sessions.close();
            } finally {
                stopped.countDown();
            }
        }

        private void awaitEnd() {
            try {
                stopped.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private final class FrontOrders implements Orders {

        private final Terms terms;
        private final Ending ending;

        FrontOrders(Terms terms, Ending ending) {
            this.terms = terms;
            this.ending = ending;
        }

        @Override
        public void configure(String yaml) {
            try {
                terms.replace(configuration(yaml));
            } catch (ConfigException e) {
                log.warn("The settings stay as they were: {}", e.getMessage());
            }
        }

        @Override
        public void keyEnded(String keyId) {
            endedKeys.add(keyId);
        }

        @Override
        public void stop(boolean keepsUnused) {
            Thread.ofPlatform().name("stop").start(() -> ending.end(keepsUnused));
        }

        @Override
        public void frontGone() {
            stop(false);
        }
    }
}
