package dev.microsandbox.mcp.tools;

import dev.microsandbox.mcp.session.SandboxLease;
import dev.microsandbox.mcp.session.SandboxSessions;
import dev.microsandbox.mcp.session.SessionException;
import dev.microsandbox.vmm.GuestException;
import dev.microsandbox.vmm.SandboxException;
import dev.microsandbox.vmm.SandboxLostException;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out the calls of one tool: arguments, sandbox, progress, errors. Thread-safe. */
final class ToolHandler {

    private static final Logger log = LoggerFactory.getLogger(ToolHandler.class);

    private final SandboxTool tool;
    private final ToolDefinition definition;
    private final SandboxSessions sessions;
    private final Duration progressInterval;

    ToolHandler(SandboxTool tool, SandboxSessions sessions, Duration progressInterval) {
        this.tool = tool;
        this.definition = tool.definition();
        this.sessions = sessions;
        this.progressInterval = progressInterval;
    }

    /**
     * Carries out a call; never throws for what a client or a guest can cause.
     *
     * @param arguments as the client sent them
     */
    CallToolResult handle(Caller caller, @Nullable Map<String, Object> arguments) {
        try (Progress progress = Progress.of(caller, progressInterval)) {
            SandboxTool.Call call = tool.prepare(Arguments.of(definition, arguments));
            try (SandboxLease lease =
                    sessions.acquire(
                            caller.sessionId(),
                            caller.namespace(),
                            tool.lane(),
                            progress::sandboxStarts)) {
                progress.sandboxRuns();
                return run(call, lease);
            }
        } catch (ToolException | SessionException | SandboxException e) {
            return ToolReport.error(e.getMessage(), Optional.empty());
        } catch (InterruptedException e) {
            return cancelled(Optional.empty());
        }
    }

    private CallToolResult run(SandboxTool.Call call, SandboxLease lease) {
        Optional<String> notice = lease.notice();
        try {
            return call.run(lease).toResult(notice);
        } catch (ToolException e) {
            return ToolReport.error(e.getMessage(), notice);
        } catch (GuestException e) {
            return ToolReport.error(GuestErrors.explain(e), notice);
        } catch (SandboxLostException e) {
            return ToolReport.error(lease.lost(e).getMessage(), notice);
        } catch (SandboxException e) {
            return ToolReport.error(e.getMessage(), notice);
        } catch (InterruptedException e) {
            return cancelled(notice);
        } catch (IOException | RuntimeException e) {
            log.error("{} failed", definition.name(), e);
            return ToolReport.error(
                    definition.name()
                            + " failed inside the server; its log says why. The sandbox is as it"
                            + " was.",
                    notice);
        }
    }

    /**
     * The transport interrupts this thread when the client cancels or disconnects; that ends with
     * the call, so the interrupt is not passed on.
     */
    private static CallToolResult cancelled(Optional<String> notice) {
        return ToolReport.error("The call was cancelled.", notice);
    }
}
