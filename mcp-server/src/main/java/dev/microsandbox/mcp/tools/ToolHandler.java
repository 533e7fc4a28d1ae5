package dev.microsandbox.mcp.tools;

import dev.microsandbox.mcp.session.SandboxSession;
import dev.microsandbox.mcp.session.SandboxSessions;
import dev.microsandbox.mcp.session.computer.SandboxLease;
import dev.microsandbox.mcp.session.limits.SessionException;
import dev.microsandbox.mcp.text.ClientText;
import dev.microsandbox.mcp.text.FaultLine;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.SandboxTool;
import dev.microsandbox.mcp.tools.definition.SessionTool;
import dev.microsandbox.mcp.tools.definition.Tool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.definition.ToolException;
import dev.microsandbox.mcp.tools.image.ImageWork;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.units.Durations;
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

/** Handles the calls of one tool: arguments, sandbox, progress, errors. Thread-safe. */
final class ToolHandler {

    private static final Logger log = LoggerFactory.getLogger(ToolHandler.class);

    private final Tool tool;
    private final ToolDefinition definition;
    private final SandboxSessions sessions;
    private final Duration progressInterval;

    ToolHandler(Tool tool, SandboxSessions sessions, Duration progressInterval) {
        this.tool = tool;
        this.definition = tool.fullDefinition();
        this.sessions = sessions;
        this.progressInterval = progressInterval;
    }

    /**
     * Handles a call. Errors that a client or a guest can cause become error results, never
     * exceptions.
     *
     * @param arguments the arguments as the client sent them
     */
    CallToolResult handle(ToolCaller caller, @Nullable Map<String, Object> arguments) {
        return ImageWork.during(caller.namespace(), () -> handleNow(caller, arguments));
    }

    private CallToolResult handleNow(ToolCaller caller, @Nullable Map<String, Object> arguments) {
        try (ProgressReports progress = ProgressReports.of(caller, progressInterval)) {
            sessions.countCall(caller.namespace());
            Arguments checked = Arguments.of(definition, arguments);
            String computer =
                    tool.takesComputer() ? checked.find(Parameter.COMPUTER).orElse("") : "";
            return switch (tool) {
                case SandboxTool own ->
                        handle(own, own.prepare(checked), computer, caller, progress);
                case SessionTool own -> handle(own.prepare(checked), computer, caller, progress);
            };
        } catch (InterruptedException e) {
            return cancelled(Optional.empty());
        } catch (RuntimeException | AssertionError | LinkageError | StackOverflowError e) {
            return refused(e, Optional.empty());
        }
    }

    private CallToolResult handle(
            SandboxTool own,
            SandboxTool.SandboxCall call,
            String computer,
            ToolCaller caller,
            ProgressReports progress)
            throws InterruptedException {
        SandboxSession session = sessions.session(caller.sessionId(), caller.namespace());
        try (SandboxLease lease = session.acquire(computer, own.lane(), progress::sandboxStarts)) {
            progress.sandboxRuns();
            return run(own, call, lease);
        }
    }

    private CallToolResult handle(
            SessionTool.SessionCall call,
            String computer,
            ToolCaller caller,
            ProgressReports progress)
            throws InterruptedException {
        SandboxSession session = sessions.session(caller.sessionId(), caller.namespace());
        try {
            return call.run(new SessionTool.Target(session, computer, progress::sandboxStarts))
                    .toResult();
        } catch (RuntimeException e) {
            return refused(e, Optional.empty());
        }
    }

    private CallToolResult run(SandboxTool own, SandboxTool.SandboxCall call, SandboxLease lease) {
        Optional<String> notice = lease.notice();
        long begin = System.nanoTime();
        try {
            ToolReport report = call.run(lease);
            notice.ifPresent(report::notice);
            lease.takeHint().ifPresent(report::hint);
            return report.toResult();
        } catch (InterruptedException e) {
            Duration time = Duration.ofNanos(System.nanoTime() - begin);
            own.afterCancellation()
                    .ifPresent(
                            fate ->
                                    lease.leaveHint(
                                            "The client cancelled a %s after %s, or its connection broke: %s"
                                                    .formatted(
                                                            definition.name(),
                                                            Durations.measured(time),
                                                            fate)));
            return cancelled(notice);
        } catch (IOException | RuntimeException e) {
            return error(e, lease, notice);
        }
    }

    private CallToolResult error(Exception e, SandboxLease lease, Optional<String> notice) {
        try {
            Optional<String> restored = lease.restoredTo();
            if (restored.isPresent()) {
                return ToolReport.error(
                        "The computer was put back to checkpoint %s while this call ran; what the call did is undone."
                                .formatted(restored.get()),
                        notice);
            }
        } catch (InterruptedException interrupted) {
            return cancelled(notice);
        }
        if (e instanceof SandboxLostException lost) {
            logWhole(lost, ClientText.of(lost.getMessage()));
            return refused(lease.lost(lost), notice);
        }
        return refused(e, notice);
    }

    /** The result of a call that cannot be done, or that failed inside the server. */
    private CallToolResult refused(Throwable e, Optional<String> notice) {
        return switch (e) {
            case GuestException guest -> ToolReport.error(GuestErrors.explain(guest), notice);
            case SandboxException known -> {
                String shown = ClientText.of(known.getMessage());
                logWhole(known, shown);
                yield ToolReport.error(shown, notice);
            }
            case ToolException known -> ToolReport.error(known.getMessage(), notice);
            case SessionException known -> ToolReport.error(known.getMessage(), notice);
            default -> failed(e, notice);
        };
    }

    /** The operator needs what the client must not see. */
    private void logWhole(SandboxException e, String shown) {
        if (!shown.equals(e.getMessage())) {
            log.warn("{}: {}", definition.name(), e.getMessage());
        }
    }

    private CallToolResult failed(Throwable e, Optional<String> notice) {
        log.error("{} failed: {}", definition.name(), FaultLine.of(e));
        log.debug("{} failed", definition.name(), e);
        return ToolReport.error(
                definition.name()
                        + " failed inside the server; its log says why. The sandbox is as it was.",
                notice);
    }

    /**
     * The result of a cancelled call. The transport interrupts this thread when the client cancels
     * or disconnects. The thread ends with the call, so its interrupt status is not restored.
     */
    private static CallToolResult cancelled(Optional<String> notice) {
        return ToolReport.error("The call was cancelled.", notice);
    }
}
