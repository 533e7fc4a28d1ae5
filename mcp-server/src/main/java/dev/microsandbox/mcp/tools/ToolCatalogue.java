package dev.microsandbox.mcp.tools;

import dev.microsandbox.mcp.session.SandboxSessions;
import dev.microsandbox.mcp.tools.code.ResetInterpreter;
import dev.microsandbox.mcp.tools.code.RunCode;
import dev.microsandbox.mcp.tools.command.GetOutput;
import dev.microsandbox.mcp.tools.command.RunCommand;
import dev.microsandbox.mcp.tools.command.StopJob;
import dev.microsandbox.mcp.tools.computer.DeleteCheckpoint;
import dev.microsandbox.mcp.tools.computer.Fork;
import dev.microsandbox.mcp.tools.computer.ListCheckpoints;
import dev.microsandbox.mcp.tools.computer.MakeCheckpoint;
import dev.microsandbox.mcp.tools.computer.RestoreCheckpoint;
import dev.microsandbox.mcp.tools.computer.SessionInfo;
import dev.microsandbox.mcp.tools.definition.Tool;
import dev.microsandbox.mcp.tools.files.EditFile;
import dev.microsandbox.mcp.tools.files.ListFiles;
import dev.microsandbox.mcp.tools.files.ReadFile;
import dev.microsandbox.mcp.tools.files.WriteFile;
import dev.microsandbox.mcp.tools.search.SearchFiles;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** All tools, in the order in which clients list them. */
public final class ToolCatalogue {

    private final SandboxSessions sessions;
    private final Function<McpTransportContext, String> namespaceOf;
    private final Function<McpTransportContext, Optional<String>> sessionOf;
    private final List<Tool> tools;

    /**
     * Creates the tools, which act on the given sessions.
     *
     * @param namespaceOf finds the namespace of a request in the transport's context
     * @param sessionOf finds the id of the request's session if it differs from the SDK's
     * @param usualTimeout time-out of code and commands if the call gives none and its namespace
     *     does not have its own
     */
    public ToolCatalogue(
            SandboxSessions sessions,
            Function<McpTransportContext, String> namespaceOf,
            Function<McpTransportContext, Optional<String>> sessionOf,
            Duration usualTimeout) {
        this.sessions = sessions;
        this.namespaceOf = namespaceOf;
        this.sessionOf = sessionOf;
        tools = tools(usualTimeout);
    }

    static List<Tool> tools(Duration usualTimeout) {
        return List.of(
                new RunCode(usualTimeout),
                new RunCommand(usualTimeout),
                new GetOutput(),
                new StopJob(),
                new ReadFile(),
                new WriteFile(),
                new EditFile(),
                new ListFiles(),
                new SearchFiles(),
                new SessionInfo(),
                new ResetInterpreter(),
                new MakeCheckpoint(),
                new RestoreCheckpoint(),
                new ListCheckpoints(),
                new DeleteCheckpoint(),
                new Fork());
    }

    /**
     * The specifications for the builder of an MCP server. The tools check their arguments
     * themselves and accept more than their schemas offer, such as other names and numbers as
     * strings. The server must therefore be built with {@code validateToolInputs(false)}.
     */
    public List<SyncToolSpecification> specifications() {
        return tools.stream().map(this::specification).toList();
    }

    private SyncToolSpecification specification(Tool tool) {
        ToolHandler handler = new ToolHandler(tool, sessions, ProgressReports.INTERVAL);
        return SyncToolSpecification.builder()
                .tool(tool.fullDefinition().toTool())
                .callHandler(
                        (exchange, request) ->
                                handler.handle(
                                        new ExchangeCaller(
                                                exchange, request, namespaceOf, sessionOf),
                                        request.arguments()))
                .build();
    }
}
