package dev.microsandbox.mcp.bench.isolation;

import dev.microsandbox.mcp.auth.ApiKeys;
import dev.microsandbox.mcp.bench.measure.BenchOptions;
import dev.microsandbox.mcp.bench.measure.Scratch;
import dev.microsandbox.mcp.command.Command;
import dev.microsandbox.mcp.command.CommandException;
import dev.microsandbox.mcp.command.CommandSpecs;
import dev.microsandbox.mcp.command.ConfigOptions;
import dev.microsandbox.mcp.command.ExitCode;
import dev.microsandbox.mcp.command.Terminal;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.server.Machines;
import dev.microsandbox.mcp.server.McpServers;
import dev.microsandbox.mcp.session.SandboxSessions;
import dev.microsandbox.mcp.session.computer.SessionClock;
import dev.microsandbox.mcp.session.limits.CheckpointLimits;
import dev.microsandbox.mcp.session.limits.Lifespan;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.SandboxLimits;
import dev.microsandbox.mcp.session.limits.Terms;
import dev.microsandbox.mcp.transport.HttpServer;
import dev.microsandbox.mcp.transport.HttpSettings;
import dev.microsandbox.vmm.SandboxConfig;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.json.McpJsonMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb bench isolation}: measures how floods from some sessions slow down another. */
public record IsolationCommand(Terminal terminal, Machines machines) implements Command {

    private static final String CALLS = "--calls";
    private static final String ONLY = "--only";

    private static final String LOOPBACK = "127.0.0.1";

    /** Longer than any measurement. */
    private static final Duration LIFETIME = Duration.ofHours(8);

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                CommandSpecs.command(
                        this,
                        "isolation",
                        "Measures small calls of one session, alone and while seven other"
                                + " sessions of the same server flood it.");
        ConfigOptions.addSandbox(spec);
        BenchOptions.addTo(spec);
        spec.addOption(
                CommandSpecs.option("N", "Number of calls in each measurement (200).", CALLS));
        spec.addOption(
                CommandSpecs.option(
                        "FLOODS", "Of " + Flood.keys() + ": measure only these (all).", ONLY));
        return spec;
    }

    @Override
    public int run(ParseResult arguments) throws IOException, InterruptedException {
        Set<Flood> floods = floods(arguments);
        int calls = BenchOptions.count(arguments, CALLS, 200);
        ServerConfig config = ConfigOptions.read(arguments, terminal);
        try (Scratch scratch = Scratch.create();
                SandboxSessions sessions = sessions(config, scratch.directory())) {
            McpJsonMapper json = McpJsonDefaults.getMapper();
            try (HttpServer server =
                    new HttpServer(
                            HttpSettings.of(LOOPBACK, 0).withDevelopmentMode(true),
                            new ApiKeys(scratch.directory().resolve("keys")),
                            json,
                            sessions.lifecycle())) {
                McpServers servers = new McpServers(sessions, config, json);
                servers.on(server.streamable());
                servers.on(server.sse());
                server.start();
                URI address = URI.create("http://" + LOOPBACK + ":" + server.port());
                var report = IsolationBench.run(address, floods, calls, terminal::say);
                BenchOptions.print(terminal, arguments, report.json(), report.table());
            }
        }
        return ExitCode.OK;
    }

    private SandboxSessions sessions(ServerConfig config, Path directory) {
        SandboxConfig sandbox = config.sandbox();
        Terms terms =
                Terms.DEFAULT
                        .withSandbox(sandbox)
                        .withLifespan(new Lifespan(LIFETIME, LIFETIME, false))
                        .withCheckpoints(new CheckpointLimits(0, 0));
        return new SandboxSessions(
                machines.factory(config, terminal::say),
                _ -> terms,
                new SandboxLimits(
                        sandbox.cpus() * IsolationBench.SESSIONS,
                        sandbox.memoryBytes() * IsolationBench.SESSIONS),
                new PoolLimits(sandbox, 0, 0),
                directory.resolve("sessions"),
                SessionClock.SYSTEM);
    }

    private static Set<Flood> floods(ParseResult arguments) {
        String list = arguments.matchedOptionValue(ONLY, "");
        if (list.isEmpty()) {
            return EnumSet.allOf(Flood.class);
        }
        return Flood.parse(list)
                .orElseThrow(
                        () ->
                                new CommandException(
                                        "%s must be some of %s, with commas, not \"%s\""
                                                .formatted(ONLY, Flood.keys(), list)));
    }
}
