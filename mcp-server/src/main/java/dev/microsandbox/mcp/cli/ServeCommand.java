package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.auth.Container;
import dev.microsandbox.mcp.auth.Exposure;
import dev.microsandbox.mcp.auth.NearbyPeers;
import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandException;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ConfigOptions;
import dev.microsandbox.mcp.command.Configuration;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.config.EffectiveConfig;
import dev.microsandbox.mcp.config.HttpConfig;
import dev.microsandbox.mcp.config.LiveNamespaces;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.config.WorkersMode;
import dev.microsandbox.mcp.log.LogConfigurator;
import dev.microsandbox.mcp.log.WebServerLog;
import dev.microsandbox.mcp.server.FrontServer;
import dev.microsandbox.mcp.server.HeapReturn;
import dev.microsandbox.mcp.server.Machines;
import dev.microsandbox.mcp.server.MicroVmFactory;
import dev.microsandbox.mcp.server.NamespaceReload;
import dev.microsandbox.mcp.server.Serving;
import dev.microsandbox.mcp.server.SharedServer;
import dev.microsandbox.mcp.server.Watchdog;
import dev.microsandbox.mcp.transport.HttpLimits;
import dev.microsandbox.mcp.transport.HttpSettings;
import dev.microsandbox.mcp.transport.SessionLimits;
import dev.microsandbox.vmm.host.ConfinedWorkers;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb serve}: runs the MCP server over HTTP. */
record ServeCommand(Terminal terminal, Machines machines) implements Command {

    private static final Logger log = LoggerFactory.getLogger(ServeCommand.class);

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                CommandSpecs.command(
                        this,
                        "serve",
                        "Serves MCP over HTTP: /mcp (Streamable HTTP) and /sse (the older"
                                + " transport). Stops at SIGTERM and SIGINT.");
        ConfigOptions.addAll(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments) throws IOException, InterruptedException {
        EffectiveConfig effective =
                Configuration.effective(ConfigOptions.flags(arguments), terminal);
        ServerConfig config = effective.config();
        LiveNamespaces namespaces = effective.namespaces();
        LogConfigurator.setLevel(config.logLevel());
        WebServerLog.configure(config.logLevel());
        ApiKeys keys = new ApiKeys(config.keys());
        HttpConfig http = config.http();
        Exposure.refusal(http.host(), http.developmentMode(), keys.anyValid())
                .ifPresent(
                        reason -> {
                            throw new CommandException(reason);
                        });
        HttpSettings settings = settings(config, namespaces);
        Optional<ConfinedWorkers> workers = workers(config);
        boolean apart = workers.isPresent() && wantsWorkers(config);
        Serving server =
                apart
                        ? new FrontServer(
                                config, namespaces, settings, keys, machines, workers.get())
                        : new SharedServer(config, namespaces, settings, keys, machines, workers);
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    server.close();
                                    stopped.countDown();
                                },
                                "stop"));
        server.start();
        Watchdog.start(ExitCode.EXHAUSTED, server::checkListening);
        HeapReturn.start();
        log.info("Listening on http://{}:{}/mcp", http.host(), server.port());
        log.info(
                server.hasWorkers()
                        ? "Each namespace has a process of its own (workers: namespace)"
                        : "One process runs the sandboxes of all namespaces (workers: shared)");
        NamespaceReload.start(namespaces, server::namespacesChanged);
        if (http.developmentMode()) {
            log.warn(
                    isNearbyOnly(http)
                            ? "Development mode: this machine and the default gateway need no key; others do"
                            : "Development mode: anyone who can reach this port can use it without a key");
        }
        stopped.await();
        return ExitCode.OK;
    }

    private static boolean wantsWorkers(ServerConfig config) {
        return switch (config.workers()) {
            case SHARED -> false;
            case NAMESPACE -> true;
            case AUTO -> !config.http().developmentMode();
        };
    }

    /** The workers that the server can have; empty if nothing here keeps them from each other. */
    private static Optional<ConfinedWorkers> workers(ServerConfig config)
            throws IOException, InterruptedException {
        boolean leftOver = Files.isDirectory(config.tenants());
        if (!wantsWorkers(config) && !leftOver) {
            return Optional.empty(); // a launcher that is not needed is not asked
        }
        Optional<ConfinedWorkers> workers = ConfinedWorkers.find(MicroVmFactory.emulation(config));
        if (workers.isEmpty() && config.workers() == WorkersMode.NAMESPACE) {
            throw new CommandException(
                    "workers is 'namespace', and nothing here can keep workers from each other: that takes msb-launch, and Landlock or the right to change users. 'msb doctor' says what is missing.");
        }
        return workers;
    }

    private static boolean isNearbyOnly(HttpConfig http) {
        return switch (http.developmentFrom()) {
            case GATEWAY -> true;
            case ANYWHERE -> false;
            case AUTO -> Container.isInside();
        };
    }

    private static Predicate<InetAddress> keyless(HttpConfig http) {
        return isNearbyOnly(http) ? new NearbyPeers()::contains : anyone -> true;
    }

    private static HttpSettings settings(ServerConfig config, LiveNamespaces namespaces) {
        SessionLimits sessions =
                SessionLimits.DEFAULT.withOfNamespace(
                        namespace ->
                                namespaces
                                        .of(namespace)
                                        .quota()
                                        .sessions()
                                        .orElse(Integer.MAX_VALUE));
        return HttpSettings.of(config.http().host(), config.http().port())
                .withLimits(HttpLimits.DEFAULT, sessions)
                .withDevelopmentMode(config.http().developmentMode())
                .withKeyless(keyless(config.http()))
                .withAllowed(config.http().allowedOrigins(), config.http().allowedHosts())
                .withTrustedProxies(config.http().trustedProxies());
    }
}
