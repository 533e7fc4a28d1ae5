package dev.microsandbox.mcp.tools.computer;

import dev.microsandbox.mcp.session.disk.Checkpoint;
import dev.microsandbox.mcp.session.disk.CheckpointList;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.Parameter;
import dev.microsandbox.mcp.tools.definition.SessionTool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.units.ByteSize;
import java.util.List;

/** {@code delete_checkpoint}: removes a checkpoint to make room for others. */
public final class DeleteCheckpoint implements SessionTool {

    private static final Parameter<String> CHECKPOINT =
            Parameter.label("checkpoint", "Its id or name.")
                    .alias("checkpoint_id", "id", "name", "label")
                    .required();

    private static final ResultKey<String> REMOVED =
            ResultKey.text("checkpoint", "The id of what was removed.");

    private static final ResultKey<Number> BYTES = ResultKey.integer("bytes", "What it took.");

    @Override
    public ToolDefinition definition() {
        return new ToolDefinition(
                "delete_checkpoint",
                "Delete a checkpoint",
                """
                Removes a checkpoint for good, to make room for others. Computers that were \
                restored from it or forked of it go on.\
                """,
                List.of(CHECKPOINT),
                List.of(ToolReport.OK, REMOVED, BYTES),
                ToolDefinition.Effect.CHANGES_ONCE);
    }

    @Override
    public boolean takesComputer() {
        return false;
    }

    @Override
    public SessionCall prepare(Arguments arguments) {
        String name = arguments.get(CHECKPOINT);
        return target -> {
            Checkpoint removed = target.session().deleteCheckpoint(name);
            // Data that it shares with other checkpoints stays, so its size is not the space that
            // is now free.
            CheckpointList left = target.session().checkpoints();
            return ToolReport.ok()
                    .fact(REMOVED, removed.id())
                    .fact(BYTES, removed.bytes())
                    .remark(
                            "%s is removed. This session's checkpoints take %s of the %s that they may."
                                    .formatted(
                                            removed.inWords(),
                                            ByteSize.inWords(left.bytes()),
                                            ByteSize.inWords(left.limits().maxBytes())));
        };
    }
}
