package dev.microsandbox.mcp.tools.computer;

import dev.microsandbox.mcp.session.disk.Checkpoint;
import dev.microsandbox.mcp.session.disk.CheckpointList;
import dev.microsandbox.mcp.tools.definition.Arguments;
import dev.microsandbox.mcp.tools.definition.SessionTool;
import dev.microsandbox.mcp.tools.definition.ToolDefinition;
import dev.microsandbox.mcp.tools.result.ResultKey;
import dev.microsandbox.mcp.tools.result.ResultObject;
import dev.microsandbox.mcp.tools.result.ToolReport;
import dev.microsandbox.mcp.tools.result.UtcTime;
import dev.microsandbox.mcp.units.ByteSize;
import java.util.ArrayList;
import java.util.List;

/** {@code list_checkpoints}: lists the checkpoints that restore and fork can use. */
public final class ListCheckpoints implements SessionTool {

    private static final ResultKey<String> ID = ResultKey.text("checkpoint", "Its id.");

    private static final ResultKey<String> LABEL =
            ResultKey.text("name", "What it is called.").optional();

    private static final ResultKey<String> COMPUTER =
            ResultKey.text("computer", "The fork that was saved, if one.").optional();

    private static final ResultKey<String> MADE_AT = ResultKey.text("made_at", "When, in UTC.");

    private static final ResultKey<Number> SIZE = ResultKey.integer("bytes", "What it takes.");

    private static final ResultKey<Number> COUNT =
            ResultKey.integer("count", "How many there are.");

    private static final ResultKey<Number> MAX_COUNT =
            ResultKey.integer("max_count", "How many there may be.");

    private static final ResultKey<Number> BYTES =
            ResultKey.integer("bytes", "What they take together.");

    private static final ResultKey<Number> MAX_BYTES =
            ResultKey.integer("max_bytes", "What they may take together.");

    private static final ResultKey<List<ResultObject>> CHECKPOINTS =
            ResultKey.objects(
                    "checkpoints", "The oldest first.", ID, LABEL, COMPUTER, MADE_AT, SIZE);

    @Override
    public ToolDefinition definition() {
        return new ToolDefinition(
                "list_checkpoints",
                "List checkpoints",
                """
                Lists the checkpoints of this session with id, name, time and size, and what is \
                left of the session's room for them.\
                """,
                List.of(),
                List.of(ToolReport.OK, COUNT, MAX_COUNT, BYTES, MAX_BYTES, CHECKPOINTS),
                ToolDefinition.Effect.READS);
    }

    @Override
    public boolean takesComputer() {
        return false;
    }

    @Override
    public SessionCall prepare(Arguments arguments) {
        return target -> list(target.session().checkpoints());
    }

    private static ToolReport list(CheckpointList list) {
        List<ResultObject> facts = new ArrayList<>();
        StringBuilder lines = new StringBuilder();
        for (Checkpoint checkpoint : list.checkpoints()) {
            facts.add(structured(checkpoint));
            lines.append(line(checkpoint)).append('\n');
        }
        ToolReport report =
                ToolReport.ok()
                        .fact(COUNT, list.checkpoints().size())
                        .fact(MAX_COUNT, list.limits().maxCount())
                        .fact(BYTES, list.bytes())
                        .fact(MAX_BYTES, list.limits().maxBytes())
                        .section(CHECKPOINTS, facts, lines.toString());
        return facts.isEmpty() ? report.remark("There are none; checkpoint makes one.") : report;
    }

    private static ResultObject structured(Checkpoint checkpoint) {
        ResultObject facts = new ResultObject();
        facts.with(ID, checkpoint.id());
        if (!checkpoint.label().isEmpty()) {
            facts.with(LABEL, checkpoint.label());
        }
        if (!checkpoint.computer().isEmpty()) {
            facts.with(COMPUTER, checkpoint.computer());
        }
        facts.with(MADE_AT, UtcTime.text(checkpoint.made()));
        facts.with(SIZE, checkpoint.bytes());
        return facts;
    }

    private static String line(Checkpoint checkpoint) {
        return "%s, %s, %s%s"
                .formatted(
                        checkpoint.inWords(),
                        UtcTime.text(checkpoint.made()),
                        ByteSize.inWords(checkpoint.bytes()),
                        checkpoint.computer().isEmpty()
                                ? ""
                                : ", of computer " + checkpoint.computer());
    }
}
