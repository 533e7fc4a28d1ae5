package dev.microsandbox.mcp.cli;

import dev.microsandbox.mcp.config.ServerConfig;
import dev.microsandbox.mcp.session.SandboxSessions;
import dev.microsandbox.mcp.transport.StdioTransport;
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.server.McpSyncServer;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code msb stdio}: the MCP server for one client, over standard input and output. */
final class StdioCommand implements Command {

    private static final Logger log = LoggerFactory.getLogger(StdioCommand.class);

    private final Terminal terminal;
    private final Machines machines;

    StdioCommand(Terminal terminal, Machines machines) {
        this.terminal = terminal;
        this.machines = machines;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec =
                Specs.command(
                        this,
                        "stdio",
                        "Serves MCP to one client over standard input and output, until the input"
                                + " ends. The log goes to standard error.");
        ConfigOptions.addAll(spec);
        return spec;
    }

    @Override
    public int run(ParseResult arguments) throws IOException {
        ServerConfig config = ConfigOptions.read(arguments, terminal);
        try (SandboxSessions sessions =
                McpServers.sessions(machines.factory(config.home(), log::info), config)) {
            McpJsonMapper json = McpJsonDefaults.getMapper();
            StdioTransport transport =
                    new StdioTransport(terminal.in(), terminal.out(), json, sessions::end);
            McpSyncServer server = new McpServers(sessions, config, json).on(transport);
            // Ends the session, and with it the sandbox.
            Runtime.getRuntime().addShutdownHook(new Thread(server::close, "stop"));
            transport.run();
        }
        return ExitCode.OK;
    }
}
