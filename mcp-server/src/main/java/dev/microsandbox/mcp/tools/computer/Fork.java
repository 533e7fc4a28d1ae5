package dev.microsandbox.mcp.tools.computer;

import dev.microsandbox.mcp.session.SandboxSession;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.SessionTool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.definition.ToolException;
import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ToolReport;
import java.util.List;
import java.util.Optional;

/** {@code fork}: creates a second computer that continues from the same state. */
public final class Fork implements SessionTool {

    private static final Parameter<String> CHECKPOINT =
            Parameter.label(
                            "checkpoint",
                            "Id or name of what to fork; the state of now if left out.")
                    .alias("checkpoint_id", "from");

    private static final ResultKey<String> FORK =
            ResultKey.text("fork", "Its handle: pass it to other tools as computer.");

    @Override
    public ToolDefinition definition() {
        return new ToolDefinition(
                "fork",
                "Fork the computer",
                """
                Makes a second computer in this session that begins with the variables, files and \
                processes of the first, as they are now or were at a checkpoint. From then on they \
                have nothing in common: use it to try several ways from the same state, also at \
                the same time. The result has its handle, f1 for example; every tool acts on it \
                with computer=f1. A fork takes CPUs and memory of the server until it has been \
                idle; there are at most 8, and they end with the session.\
                """,
                List.of(CHECKPOINT),
                List.of(ToolReport.OK, FORK),
                ToolDefinition.Effect.ADDS);
    }

    @Override
    public SessionCall prepare(Arguments arguments) {
        Optional<String> checkpoint = arguments.find(CHECKPOINT);
        if (checkpoint.isPresent() && arguments.has(Parameter.COMPUTER)) {
            throw new ToolException(
                    "checkpoint says already what to fork. Leave checkpoint or computer out.");
        }
        return target -> fork(target, checkpoint);
    }

    private static ToolReport fork(Target target, Optional<String> checkpoint)
            throws InterruptedException {
        SandboxSession session = target.session();
        SandboxSession.WithNotice<String> fork =
                checkpoint.isPresent()
                        ? new SandboxSession.WithNotice<>(
                                session.forkOf(checkpoint.get(), target.starting()),
                                Optional.empty())
                        : session.fork(target.computer(), target.starting());
        ToolReport report = ToolReport.ok().fact(FORK, fork.made());
        fork.notice().ifPresent(report::notice);
        return report.remark(
                "Use it with computer=%s; without that argument tools act on the session's own."
                        .formatted(fork.made()));
    }
}
