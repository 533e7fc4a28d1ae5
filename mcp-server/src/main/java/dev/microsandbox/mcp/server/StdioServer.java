package dev.microsandbox.mcp.server;

import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.session.SandboxSessions;
import dev.microsandbox.mcp.session.limits.PoolLimits;
import dev.microsandbox.mcp.transport.stdio.StdioTransport;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.server.McpSyncServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The MCP server for one client, over standard input and output. */
public record StdioServer(InputStream in, OutputStream out, Machines machines) {

    private static final Logger log = LoggerFactory.getLogger(StdioServer.class);

    /** Serves the client until its input ends. */
    public void serve(ServerConfig config) throws IOException {
        // One client has one session. A second, ready sandbox would be idle forever, and a sandbox
        // started before the first call is wasted on clients that never make one.
        try (SandboxSessions sessions =
                McpServers.sessions(
                        machines.confinedFactory(config, log::info, log::info),
                        config,
                        PoolLimits.NONE)) {
            McpJsonMapper json = McpJsonDefaults.getMapper();
            StdioTransport transport = new StdioTransport(in, out, json, sessions::end);
            McpSyncServer server = new McpServers(sessions, config, json).on(transport);
            // Closing the server ends the session, and with it the sandbox.
            Runtime.getRuntime().addShutdownHook(new Thread(server::close, "stop"));
            transport.run();
        }
    }
}
