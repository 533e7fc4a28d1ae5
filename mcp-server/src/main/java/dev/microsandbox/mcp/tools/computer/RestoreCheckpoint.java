package dev.microsandbox.mcp.tools.computer;

import dev.microsandbox.mcp.session.disk.Checkpoint;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.SessionTool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.tools.result.UtcTime;
import java.util.List;

/** {@code restore}: restores the computer to a checkpoint. */
public final class RestoreCheckpoint implements SessionTool {

    static final Parameter<String> CHECKPOINT =
            Parameter.label("checkpoint", "Its id or name; the newest if left out.")
                    .alias("checkpoint_id", "id", "name", "label");

    private static final ResultKey<String> RESTORED =
            ResultKey.text("checkpoint", "The id of what was restored.");

    private static final ResultKey<String> LABEL =
            ResultKey.text("name", "What it is called.").optional();

    private static final ResultKey<String> MADE_AT =
            ResultKey.text("made_at", "Of when the state is, in UTC.");

    @Override
    public ToolDefinition definition() {
        return new ToolDefinition(
                "restore",
                "Restore a checkpoint",
                """
                Makes the computer again what it was at a checkpoint: variables, files and \
                processes are as they were then, everything since is gone (make a checkpoint first \
                to keep it). The clock is right. Calls that are running are cut off and fail, also \
                those that hang. A checkpoint can be restored any number of times, and also after \
                the computer itself was lost.\
                """,
                List.of(CHECKPOINT),
                List.of(ToolReport.OK, RESTORED, LABEL, MADE_AT),
                ToolDefinition.Effect.CHANGES_ONCE);
    }

    @Override
    public SessionCall prepare(Arguments arguments) {
        String name = arguments.find(CHECKPOINT).orElse("");
        return target -> restore(target, name);
    }

    private static ToolReport restore(Target target, String name) throws InterruptedException {
        Checkpoint restored = target.session().restore(target.computer(), name, target.starting());
        ToolReport report = ToolReport.ok().fact(RESTORED, restored.id());
        if (!restored.label().isEmpty()) {
            report.fact(LABEL, restored.label());
        }
        String made = UtcTime.text(restored.made());
        return report.fact(MADE_AT, made)
                .remark(
                        "Variables, files and processes are as at %s. What was changed since is gone; calls that were running have failed."
                                .formatted(made));
    }
}
