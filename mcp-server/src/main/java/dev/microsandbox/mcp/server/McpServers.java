package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.auth.Namespaces;
import dev.microsandbox.mcp.config.LiveNamespaces;
import dev.microsandbox.mcp.config.NamespaceConfig;
import dev.microsandbox.mcp.config.QuotaConfig;
import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.config.SessionConfig;
import dev.microsandbox.mcp.session.SandboxSessions;
import dev.microsandbox.mcp.session.computer.SessionClock;
import dev.microsandbox.mcp.session.limits.CheckpointLimits;
import dev.microsandbox.mcp.session.limits.Lifespan;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.session.limits.Quota;
import dev.microsandbox.mcp.session.limits.RunLimits;
import dev.microsandbox.mcp.session.limits.SandboxLimits;
import dev.microsandbox.mcp.session.limits.Terms;
import dev.microsandbox.mcp.session.supply.Capacity;
import dev.microsandbox.mcp.tools.ToolCatalogue;
import dev.microsandbox.mcp.transport.SessionContext;
import dev.microsandbox.mcp.transport.message.CheckedJson;
import dev.microsandbox.vmm.SandboxFactory;
import dev.microsandbox.vmm.host.HostMemory;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import io.modelcontextprotocol.spec.McpServerTransportProvider;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import java.nio.file.Path;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds MCP servers that offer the tools, one for each transport, over the same sessions. */
public final class McpServers {

    private static final Logger log = LoggerFactory.getLogger(McpServers.class);

    private static final String INSTRUCTIONS =
            """
            You have a Linux computer of your own: an isolated sandbox that this session keeps. \
            run_code has lasting interpreters, run_command is for everything else, files are shared \
            between them. It starts with the first call and is suspended or closed when it has been \
            idle. checkpoint saves all of it, restore goes back, fork makes a second one.\
            """;

    private final ToolCatalogue tools;
    private final McpJsonMapper json;

    public McpServers(SandboxSessions sessions, ServerConfig config, McpJsonMapper json) {
        tools =
                new ToolCatalogue(
                        sessions, Namespaces::of, SessionContext::idOf, config.run().timeout());
        this.json = new CheckedJson(json);
    }

    /** The pool limits of the configuration. */
    public static PoolLimits pool(ServerConfig config) {
        return new PoolLimits(config.sandbox(), config.pool().size(), config.pool().max());
    }

    /** Creates the sessions that the configuration describes, within the memory of the host. */
    public static SandboxSessions sessions(
            SandboxFactory factory, ServerConfig config, PoolLimits pool) {
        return sessions(factory, config, config::of, pool);
    }

    /** Like the other method, with settings of namespaces that may change. */
    public static SandboxSessions sessions(
            SandboxFactory factory,
            ServerConfig config,
            LiveNamespaces namespaces,
            PoolLimits pool) {
        return sessions(factory, config, namespaces::of, pool);
    }

    private static SandboxSessions sessions(
            SandboxFactory factory,
            ServerConfig config,
            Function<String, NamespaceConfig> namespaces,
            PoolLimits pool) {
        MemoryTotal memory = MemoryTotal.of(config, HostMemory.bytes());
        memory.reduction().ifPresent(log::warn);
        return new SandboxSessions(
                factory,
                namespaces.andThen(McpServers::terms),
                new SandboxLimits(config.limits().cpus(), memory.bytes()),
                pool,
                config.sessions(),
                SessionClock.SYSTEM);
    }

    /**
     * Creates the sessions of a worker.
     *
     * @param terms what holds for a namespace now
     * @param capacity what the front grants
     * @param directory of the sessions' files
     */
    public static SandboxSessions workerSessions(
            SandboxFactory factory,
            Function<String, NamespaceConfig> terms,
            Capacity capacity,
            PoolLimits pool,
            Path directory) {
        return new SandboxSessions(
                factory,
                terms.andThen(McpServers::terms),
                capacity,
                pool,
                directory,
                SessionClock.SYSTEM);
    }

    private static Terms terms(NamespaceConfig config) {
        SessionConfig session = config.session();
        return new Terms(
                config.sandbox(),
                quota(config.quota()),
                new Lifespan(session.idleTimeout(), session.lifetime(), session.suspend()),
                new RunLimits(config.run().timeout(), config.run().languages()),
                new CheckpointLimits(
                        config.checkpoints().maxCount(), config.checkpoints().maxBytes()));
    }

    private static Quota quota(QuotaConfig config) {
        return new Quota(
                config.sandboxes().orElse(Quota.NONE.sandboxes()),
                config.cpus().orElse(Quota.NONE.cpus()),
                config.memoryBytes().orElse(Quota.NONE.memoryBytes()),
                config.diskBytes().orElse(Quota.NONE.diskBytes()),
                config.callsPerMinute().orElse(Quota.NONE.callsPerMinute()));
    }

    public McpSyncServer on(McpServerTransportProvider transport) {
        return build(McpServer.sync(transport));
    }

    public McpSyncServer on(McpStreamableServerTransportProvider transport) {
        return build(McpServer.sync(transport));
    }

    private McpSyncServer build(McpServer.SyncSpecification<?> server) {
        return server.jsonMapper(json)
                .serverInfo("microsandbox", Version.current())
                .instructions(INSTRUCTIONS)
                .capabilities(ServerCapabilities.builder().tools(false).logging().build())
                .validateToolInputs(false)
                .jsonSchemaValidator(acceptingValidator())
                // A tool runs on the request's own thread, which the transport interrupts.
                .immediateExecution(true)
                .tools(tools.specifications())
                .build();
    }

    /**
     * A validator that accepts everything. The tools check their arguments, and tests check their
     * results. The validator that the SDK would load takes a considerable part of the start-up
     * time.
     */
    private static JsonSchemaValidator acceptingValidator() {
        return (schema, content) -> JsonSchemaValidator.ValidationResponse.asValid(null);
    }
}
